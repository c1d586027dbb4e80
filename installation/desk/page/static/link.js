// The connection: heals by itself, says so, and never sends faster than the show takes.

const LEAST_WAIT = 400, LONGEST_WAIT = 4000, SILENCE = 3000;

export class Link extends EventTarget {
  #socket = null; #wait = LEAST_WAIT; #number = 0; #heard = 0; #open = false;

  constructor() {
    super();
    this.#connect();
    setInterval(() => { if (this.#open && performance.now() - this.#heard > SILENCE) this.#socket.close(); }, 1000);
  }

  get open() { return this.#open; }

  ask(address, ...values) {
    const number = this.#say({ number: ++this.#number, do: address, with: values });
    if (!number) this.#tell("unsent");
    return number;
  }

  /** @param {(detail: any) => void} act */
  on(name, act) { this.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail)); }

  unlock(passcode) { this.#say({ number: ++this.#number, passcode }); }

  #say(words) {
    if (!this.#socket || this.#socket.readyState !== WebSocket.OPEN) return 0;
    this.#socket.send(JSON.stringify(words));
    return words.number;
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  #connect() {
    const socket = new WebSocket(new URL("api/v1/live", location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      this.#heard = performance.now();
      if (said.type === "welcome") { this.#open = true; this.#wait = LEAST_WAIT; this.#tell("open"); }
      this.#tell(said.type, said);
    };
    socket.onclose = (event) => {
      this.#open = false;
      this.#tell("lost", event.reason);
      setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(this.#wait * 1.6, LONGEST_WAIT);
    };
  }
}

// Calls at most every `milliseconds`, and always with the newest arguments at the end.
export function throttled(milliseconds, call) {
  let waiting = null, newest;
  return (...args) => {
    newest = args;
    if (waiting !== null) return;
    call(...newest); newest = null;
    waiting = setTimeout(function again() {
      if (newest) { call(...newest); newest = null; waiting = setTimeout(again, milliseconds); } else waiting = null;
    }, milliseconds);
  };
}
