// The living picture: a neuron's CPPN or spectrum, decoded here by WebGL2, to be zoomed and walked along its roads; a loop
// breathes.
// A classic script, since browsers load no modules from a disk. Where there is no WebGL2, the still stays.

(() => {
  const HALF_RANGE = Math.sqrt(3), ROW = 256, OPAQUE = 30, CYCLE_MS = 8000;
  const FIRST_PX = 96, MOST_PX = 1024, QUICK_MS = 24, STILL_MS = 180, FINISH_MS = 1200, WALK_MS = 5000;
  const ZOOMS = [0.2, 4000];
  const known = new Map();
  const why = (/** @type {any} */ error) => error.message;

  /** Called by the scripts that hold weights. */
  function weights(address, shape, text) {
    const { buffer } = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    known.get(address)?.done({ shape, parts: (shape.kind === "cppn" ? layers : levels)(shape, buffer) });
  }

  /** A CPPN's first layer, of a loop also what its time adds to that, and the other layers. */
  function layers({ units, cycle }, buffer) {
    const numbers = new Float32Array(buffer), sizes = [2 * units, units, ...(cycle ? [units, units] : [])];
    const parts = sizes.map((size, index) => {
      const begin = sizes.slice(0, index).reduce((sum, one) => sum + one, 0);
      return numbers.subarray(begin, begin + size);
    });
    return [...parts, numbers.subarray(sizes.reduce((sum, one) => sum + one, 0))];
  }

  /** A spectrum's spline at all its sizes, from half precision. */
  function levels({ levels: sizes }, buffer) {
    const numbers = Float32Array.from(new Uint16Array(buffer), (half) => {
      const power = (half >> 10) & 31, part = half & 1023;
      const size = power ? 2 ** (power - 15) * (1 + part / 1024) : 2 ** -24 * part;
      return half >> 15 ? -size : size;
    });
    let begin = 0;
    return sizes.map(([height, width]) => numbers.subarray(begin, begin += 3 * height * width));
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
    return { shape: a.shape, parts: a.parts.map((part, index) => mixed(part, b.parts[index], share)) };
  }

  /** How far a view sees from its middle, in picture coordinates: picture/view.py. */
  const reach = (view, aspect) => [Math.max(aspect, 1) / view.zoom, Math.max(1 / aspect, 1) / view.zoom];

  /** A first layer that takes a pixel's offset from the middle, seen through a view and at a phase, in doubles. */
  function seen({ shape, parts }, view, aspect, phase) {
    const [weight, bias, cosine, sine] = parts, [across, down] = reach(view, aspect), { units, constants } = shape;
    const gain = constants.WAVES ? 1 : HALF_RANGE, padded = constants.WAVES || constants.WIDTH;
    const rows = new Float32Array(4 * (padded + 1)), turn = 2 * Math.PI * phase;
    for (let unit = 0; unit < units; unit++) {
      const x = gain * weight[2 * unit], y = gain * weight[2 * unit + 1];
      const time = shape.cycle ? cosine[unit] * Math.cos(turn) + sine[unit] * Math.sin(turn) : 0;
      rows.set([2 * across * x, 2 * down * y, bias[unit] + time + x * view.x + y * view.y, 0], 4 * unit);
    }
    rows[4 * padded] = 1;
    return rows;
  }

  /** The two sizes of a spectrum that pixels see, and the share of each: picture/ways/spectrum_drawing.py. */
  function sizesSeen(sizes, pixel) {
    const wanted = Math.log2(Math.max(pixel * Math.min(...sizes[0]) / 2, 1e-9)) + 0.5;
    const level = Math.min(Math.max(wanted, 0), sizes.length - 1), first = Math.floor(level), part = level - first;
    return [[first, 1 - part], [Math.min(first + 1, sizes.length - 1), part]];
  }

  const within = (value, count) => value - count * Math.floor(value / count);

  class Picture {
    #gl; #canvas; #programs = new Map(); #textures; #shaders;

    constructor(canvas, shaders) {
      this.#canvas = canvas;
      this.#shaders = shaders;
      this.#gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
      if (!this.#gl) throw new Error("there is no WebGL2");
      this.#textures = [this.#gl.createTexture(), this.#gl.createTexture()];
    }

    #program({ kind, constants: wanted = {} }) {
      const key = JSON.stringify([kind, wanted]), gl = this.#gl;
      if (!this.#programs.has(key)) {
        const program = gl.createProgram();
        const every = Object.entries({ ...wanted, ROW, PLATE: 0 });
        const constants = every.map(([name, value]) => `#define ${name} ${value}\n`).join("");
        const vertex = "#version 300 es\nvoid main() { vec2 c = vec2(gl_VertexID & 1, gl_VertexID >> 1);"
          + " gl_Position = vec4(2.0 * c - 1.0, 0.0, 1.0); }";
        const head = "#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler2D;\n";
        for (const [stage, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, head + constants + this.#shaders[kind]]]) {
          const shader = gl.createShader(stage);
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
    draw(net, view, width, height, phase = 0) {
      const gl = this.#gl, program = this.#program(net.shape);
      if (this.#canvas.width !== width || this.#canvas.height !== height) {
        this.#canvas.width = width;
        this.#canvas.height = height;
      }
      gl.viewport(0, 0, width, height);
      gl.useProgram(program);
      const place = (name) => gl.getUniformLocation(program, name);
      gl.uniform2i(place("size"), width, height);
      gl.uniform1i(place("bent"), 0);
      gl.uniform1i(place("begun"), 0);
      gl.uniform1i(place("ends"), 1);
      if (net.shape.kind === "cppn") this.#layers(net, view, width / height, phase, place);
      else this.#levels(net, view, width, height, place);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }

    #layers(net, view, aspect, phase, place) {
      const gl = this.#gl, rest = net.parts[net.parts.length - 1];
      const lines = Math.ceil(rest.length / 4 / ROW), texels = new Float32Array(4 * ROW * lines);
      texels.set(rest);
      this.#fill(0, gl.RGBA32F, gl.RGBA, ROW, lines, texels);
      gl.uniform1i(place("rest_weights"), 0);
      gl.uniform4fv(place("first_weights"), seen(net, view, aspect, phase));
      gl.uniform1i(place("nets"), 1);
    }

    #levels({ shape, parts }, view, width, height, place) {
      const gl = this.#gl, [across, down] = reach(view, width / height), rows = [[], []];
      const chosen = sizesSeen(shape.levels, 2 * down / height);
      chosen.forEach(([level], unit) => {
        const [tall, wide] = shape.levels[level], half = Math.min(tall, wide) / 2;
        this.#fill(unit, gl.RGB32F, gl.RGB, wide, tall, parts[level]);
        rows[0].push(2 * across * half, 0, within(view.x * half + (wide - 1) / 2, wide));
        rows[1].push(0, -2 * down * half, within(view.y * half + (tall - 1) / 2, tall)); // WebGL counts rows upwards
        gl.uniform1i(place(["finer", "coarser"][unit]), unit);
      });
      gl.uniform3fv(place("across"), rows[0]);
      gl.uniform3fv(place("down"), rows[1]);
      gl.uniform2f(place("shares"), chosen[0][1], chosen[1][1]);
      gl.uniform1f(place("opaque"), OPAQUE);
    }

    #fill(unit, kept, given, width, height, texels) {
      const gl = this.#gl;
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.#textures[unit]);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.texImage2D(gl.TEXTURE_2D, 0, kept, width, height, 0, given, gl.FLOAT, texels);
    }
  }

  class Live {
    #figure; #canvas; #picture; #net; #view = { x: 0, y: 0, zoom: 1 }; #side = FIRST_PX; #waiting = 0; #timer = 0; #walk = null; #cost = 0; #breathes = false; #phase = 0;

    constructor(figure, shaders) {
      this.#figure = figure;
      this.#canvas = document.createElement("canvas");
      this.#canvas.className = "picture";
      this.#canvas.tabIndex = 0;
      this.#canvas.setAttribute("role", "img");
      this.#canvas.setAttribute("aria-label", `${figure.querySelector("img").alt} Arrow keys move, plus and minus zoom.`);
      this.#picture = new Picture(this.#canvas, shaders);
    }

    async start() {
      const { address, weights: file } = this.#figure.dataset;
      this.#net = await load(address, file);
      this.#picture.draw(this.#net, this.#view, FIRST_PX, FIRST_PX);
      this.#figure.querySelector("img").replaceWith(this.#canvas);
      this.#figure.querySelector(".controls").hidden = false;
      this.#figure.querySelector("[data-act=breathe]").hidden = !this.#net.shape.cycle;
      this.#listen();
      this.#ask();
      this.#figure.dataset.live = "yes";
    }

    /** For tests, and whoever wants a picture of a size: its pixels from the top, RGBA. */
    pixels(view, side, phase = 0) {
      this.#picture.draw(this.#net, view, side, side, phase);
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
      if (this.#breathes) this.#phase = (begun / CYCLE_MS) % 1;
      this.#picture.draw(this.#net, this.#view, this.#side, this.#side, this.#phase);
      const took = performance.now() - begun;
      this.#cost = took / this.#side ** 2;
      if (took > 2 * QUICK_MS) this.#side = Math.max(FIRST_PX / 2, Math.round(this.#side * 0.7));
      else if (took < QUICK_MS / 2) this.#side = Math.min(this.#wanted(), Math.round(this.#side * 1.3));
      if (this.#breathes) this.#ask();
      else this.#timer = setTimeout(() => this.#finish(), STILL_MS);
    }

    #finish() {
      const side = Math.min(this.#wanted(), Math.floor(Math.sqrt(FINISH_MS / Math.max(this.#cost, 1e-6))));
      if (!this.#walk && this.#canvas.width < side) this.#picture.draw(this.#net, this.#view, side, side, this.#phase);
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
      const acts = { in: () => this.#zoom(1.6), out: () => this.#zoom(0.625), home: () => this.#home(), breathe: () => this.#breathe() };
      for (const button of this.#figure.querySelectorAll("button[data-act]")) button.onclick = acts[button.dataset.act];
      for (const button of this.#figure.querySelectorAll("button[data-walk]")) button.onclick = () => this.#walkTo(button);
    }

    #breathe() {
      this.#breathes = !this.#breathes;
      this.#figure.querySelector("[data-act=breathe]").setAttribute("aria-pressed", String(this.#breathes));
      this.#ask();
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
        said.textContent = `There is no way to ${button.dataset.name} from here: ${why(error)}.`;
      }
    }
  }

  /** Bring the pictures of this page to life, once all of it is there. */
  function start(shaders) {
    if (document.readyState === "complete") wake(shaders);
    else addEventListener("load", () => wake(shaders));
  }

  function wake(shaders) {
    for (const figure of document.querySelectorAll("figure[data-weights]")) {
      try {
        const live = new Live(figure, shaders);
        Object.assign(figure, { live });
        live.start().catch((error) => console.info(`the still stays: ${why(error)}`));
      } catch (error) {
        console.info(`the still stays: ${why(error)}`);
      }
    }
  }

  Object.assign(window, { neuralImage: { weights, start } });
})();
