// The living picture: a neuron's CPPN, decoded here by WebGL2, to be zoomed and walked along its roads.
// A classic script, since browsers load no modules from a disk. Where there is no WebGL2, the still stays.

(() => {
  const HALF_RANGE = Math.sqrt(3), ROW = 256;
  const FIRST_PX = 96, MOST_PX = 1024, QUICK_MS = 24, STILL_MS = 180, FINISH_MS = 1200, WALK_MS = 5000;
  const ZOOMS = [0.2, 4000];
  const known = new Map();

  /** Called by the scripts that hold weights. */
  function weights(address, shape, text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const numbers = new Float32Array(bytes.buffer), first = 2 * shape.width;
    known.get(address)?.done({
      shape,
      weight: numbers.subarray(0, first),
      bias: numbers.subarray(first, first + shape.width),
      rest: numbers.subarray(first + shape.width),
    });
  }

  /** The weights of a neuron, from a script of its own, once. */
  function load(address, file) {
    if (!known.has(address)) {
      const entry = {};
      entry.net = new Promise((done, failed) => {
        entry.done = done;
        const script = document.createElement("script");
        script.src = file;
        script.onerror = () => failed(new Error(`${file} is missing`));
        document.head.append(script);
      });
      known.set(address, entry);
    }
    return known.get(address).net;
  }

  const mixed = (a, b, share) => a.map((value, index) => value + (b[index] - value) * share);

  /** What lies between two neurons of one family. */
  function between(a, b, share) {
    return {
      shape: a.shape,
      weight: mixed(a.weight, b.weight, share),
      bias: mixed(a.bias, b.bias, share),
      rest: mixed(a.rest, b.rest, share),
    };
  }

  /** A first layer that takes a pixel's offset from the middle, seen through a view: picture/view.py, in doubles. */
  function seen(net, view, aspect) {
    const across = Math.max(aspect, 1) / view.zoom, down = Math.max(1 / aspect, 1) / view.zoom;
    const { width } = net.shape, padded = net.shape.constants.WIDTH, rows = new Float32Array(4 * (padded + 1));
    for (let unit = 0; unit < width; unit++) {
      const x = HALF_RANGE * net.weight[2 * unit], y = HALF_RANGE * net.weight[2 * unit + 1];
      rows.set([2 * across * x, 2 * down * y, net.bias[unit] + x * view.x + y * view.y, 0], 4 * unit);
    }
    rows[4 * padded] = 1;
    return rows;
  }

  class Picture {
    #gl; #canvas; #programs = new Map(); #texture; #shader;

    constructor(canvas, shader) {
      this.#canvas = canvas;
      this.#shader = shader;
      this.#gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
      if (!this.#gl) throw new Error("there is no WebGL2");
      this.#texture = this.#gl.createTexture();
    }

    #program({ constants: wanted }) {
      const key = JSON.stringify(wanted), gl = this.#gl;
      if (!this.#programs.has(key)) {
        const program = gl.createProgram();
        const every = Object.entries({ ...wanted, ROW, PLATE: 0 });
        const constants = every.map(([name, value]) => `#define ${name} ${value}\n`).join("");
        const vertex = "#version 300 es\nvoid main() { vec2 c = vec2(gl_VertexID & 1, gl_VertexID >> 1);"
          + " gl_Position = vec4(2.0 * c - 1.0, 0.0, 1.0); }";
        const head = "#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler2D;\n";
        for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, head + constants + this.#shader]]) {
          const shader = gl.createShader(kind);
          gl.shaderSource(shader, text);
          gl.compileShader(shader);
          gl.attachShader(program, shader);
        }
        gl.linkProgram(program);
        if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
          const logs = gl.getAttachedShaders(program).map((one) => gl.getShaderInfoLog(one)).join("");
          throw new Error(gl.getProgramInfoLog(program) + logs);
        }
        this.#programs.set(key, program);
      }
      return this.#programs.get(key);
    }

    /** Draw, and wait until it is drawn. */
    draw(net, view, width, height) {
      const gl = this.#gl, program = this.#program(net.shape);
      if (this.#canvas.width !== width || this.#canvas.height !== height) {
        this.#canvas.width = width;
        this.#canvas.height = height;
      }
      const lines = Math.ceil(net.rest.length / 4 / ROW), texels = new Float32Array(4 * ROW * lines);
      texels.set(net.rest);
      gl.bindTexture(gl.TEXTURE_2D, this.#texture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, ROW, lines, 0, gl.RGBA, gl.FLOAT, texels);
      gl.viewport(0, 0, width, height);
      gl.useProgram(program);
      const place = (name) => gl.getUniformLocation(program, name);
      gl.uniform1i(place("rest_weights"), 0);
      gl.uniform4fv(place("first_weights"), seen(net, view, width / height));
      gl.uniform2i(place("size"), width, height);
      gl.uniform1i(place("nets"), 1);
      gl.uniform1i(place("bent"), 0);
      gl.uniform1i(place("begun"), 0);
      gl.uniform1i(place("ends"), 1);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }
  }

  class Live {
    #figure; #canvas; #picture; #net; #view = { x: 0, y: 0, zoom: 1 }; #side = FIRST_PX; #waiting = 0; #timer = 0; #walk = null; #cost = 0;

    constructor(figure, shader) {
      this.#figure = figure;
      this.#canvas = document.createElement("canvas");
      this.#canvas.className = "picture";
      this.#canvas.tabIndex = 0;
      this.#canvas.setAttribute("role", "img");
      this.#canvas.setAttribute("aria-label", `${figure.querySelector("img").alt} Arrow keys move, plus and minus zoom.`);
      this.#picture = new Picture(this.#canvas, shader);
    }

    async start() {
      const { address, weights: file } = this.#figure.dataset;
      this.#net = await load(address, file);
      this.#picture.draw(this.#net, this.#view, FIRST_PX, FIRST_PX);
      this.#figure.querySelector("img").replaceWith(this.#canvas);
      this.#figure.querySelector(".controls").hidden = false;
      this.#listen();
      this.#ask();
      this.#figure.dataset.live = "yes";
    }

    /** For tests, and whoever wants a picture of a size: its pixels from the top, RGBA. */
    pixels(view, side) {
      this.#picture.draw(this.#net, view, side, side);
      const gl = this.#canvas.getContext("webgl2"), found = new Uint8Array(4 * side * side);
      gl.readPixels(0, 0, side, side, gl.RGBA, gl.UNSIGNED_BYTE, found);
      const rows = Array.from({ length: side }, (_, row) => found.slice(4 * side * (side - 1 - row), 4 * side * (side - row)));
      return rows.flatMap((row) => Array.from(row));
    }

    #ask() {
      clearTimeout(this.#timer);
      if (!this.#waiting) this.#waiting = requestAnimationFrame(() => this.#frame());
    }

    /** As large as is quick while something moves; in full when it has stood for a moment. */
    #frame() {
      this.#waiting = 0;
      const begun = performance.now();
      this.#picture.draw(this.#net, this.#view, this.#side, this.#side);
      const took = performance.now() - begun;
      this.#cost = took / this.#side ** 2;
      if (took > 2 * QUICK_MS) this.#side = Math.max(FIRST_PX / 2, Math.round(this.#side * 0.7));
      else if (took < QUICK_MS / 2) this.#side = Math.min(this.#wanted(), Math.round(this.#side * 1.3));
      this.#timer = setTimeout(() => this.#finish(), STILL_MS);
    }

    #finish() {
      const side = Math.min(this.#wanted(), Math.floor(Math.sqrt(FINISH_MS / Math.max(this.#cost, 1e-6))));
      if (!this.#walk && this.#canvas.width < side) this.#picture.draw(this.#net, this.#view, side, side);
    }

    #wanted() {
      return Math.min(MOST_PX, Math.round(this.#canvas.clientWidth * Math.min(devicePixelRatio, 2)) || FIRST_PX);
    }

    #zoom(factor, u = 0.5, v = 0.5) {
      const view = this.#view, before = view.zoom;
      view.zoom = Math.min(ZOOMS[1], Math.max(ZOOMS[0], before * factor));
      const shift = 1 / before - 1 / view.zoom;
      view.x += (2 * u - 1) * shift;
      view.y += (2 * v - 1) * shift;
      this.#ask();
    }

    #move(u, v) {
      this.#view.x += 2 * u / this.#view.zoom;
      this.#view.y += 2 * v / this.#view.zoom;
      this.#ask();
    }

    #listen() {
      const canvas = this.#canvas, down = new Map();
      canvas.addEventListener("wheel", (event) => {
        event.preventDefault();
        const box = canvas.getBoundingClientRect();
        this.#zoom(Math.exp(-event.deltaY / 300), (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      }, { passive: false });
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        down.set(event.pointerId, event);
      });
      canvas.addEventListener("pointermove", (event) => {
        const last = down.get(event.pointerId), side = canvas.clientWidth;
        if (!last) return;
        const other = [...down.values()].find((one) => one.pointerId !== event.pointerId);
        if (other) {
          const before = Math.hypot(last.clientX - other.clientX, last.clientY - other.clientY);
          const now = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
          if (before > 0 && now > 0) this.#zoom(now / before);
        } else {
          this.#move((last.clientX - event.clientX) / side, (last.clientY - event.clientY) / side);
        }
        down.set(event.pointerId, event);
      });
      for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => down.delete(event.pointerId));
      const keys = {
        ArrowLeft: () => this.#move(-0.1, 0), ArrowRight: () => this.#move(0.1, 0),
        ArrowUp: () => this.#move(0, -0.1), ArrowDown: () => this.#move(0, 0.1),
        "+": () => this.#zoom(1.25), "=": () => this.#zoom(1.25), "-": () => this.#zoom(0.8), 0: () => this.#home(),
      };
      canvas.addEventListener("keydown", (event) => {
        if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        keys[event.key]();
      });
      const acts = { in: () => this.#zoom(1.6), out: () => this.#zoom(0.625), home: () => this.#home() };
      for (const button of this.#figure.querySelectorAll("button[data-act]")) button.onclick = acts[button.dataset.act];
      for (const button of this.#figure.querySelectorAll("button[data-walk]")) button.onclick = () => this.#walkTo(button);
    }

    #home() {
      this.#view = { x: 0, y: 0, zoom: 1 };
      this.#ask();
    }

    async #walkTo(button) {
      const said = this.#figure.querySelector("[role=status]");
      try {
        const from = this.#net, to = await load(button.dataset.walk, button.dataset.weights), begun = performance.now();
        const length = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : WALK_MS;
        const walk = this.#walk = () => {
          if (this.#walk !== walk) return;
          const way = length ? Math.min(1, (performance.now() - begun) / length) : 1;
          this.#net = way < 1 ? between(from, to, way * way * (3 - 2 * way)) : to;
          if (way < 1) requestAnimationFrame(walk);
          else {
            this.#walk = null;
            said.textContent = `You see ${button.dataset.name} now.`;
          }
          this.#ask();
        };
        said.textContent = `On the way to ${button.dataset.name}.`;
        walk();
      } catch (error) {
        said.textContent = `There is no way to ${button.dataset.name} from here: ${error.message}.`;
      }
    }
  }

  /** Bring the pictures of this page to life, once all of it is there. */
  function start(shader) {
    if (document.readyState === "complete") wake(shader);
    else addEventListener("load", () => wake(shader));
  }

  function wake(shader) {
    for (const figure of document.querySelectorAll("figure[data-weights]")) {
      try {
        const live = new Live(figure, shader);
        figure.live = live;
        live.start().catch((error) => console.info(`the still stays: ${error.message}`));
      } catch (error) {
        console.info(`the still stays: ${error.message}`);
      }
    }
  }

  window.neuralImage = { weights, start };
})();
