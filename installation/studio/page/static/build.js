// Asks for the build's state every second and shows it; every order goes by POST and answers with the new state.
const EVERY_MS = 1000;
/** @type {(id: string) => any} what the page has: a template, a button, a bar, ... */
const $ = (id) => document.getElementById(id);
const copyOf = (id) => $(id).content.firstElementChild.cloneNode(true);
const shown = new Map(); // key -> the neuron's element

function said(seconds) {
  if (seconds === null) return "time left not known yet";
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "less than a minute left";
  return minutes < 60 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

function tell(text, bad = false) {
  $("told").textContent = text;
  $("told").classList.toggle("bad", bad);
}

async function order(path) {
  try {
    const answer = await fetch(path, { method: "POST" });
    if (answer.ok) show(await answer.json());
    else tell(await answer.text(), true);
  } catch {
    tell("The build does not answer", true);
  }
}

function made(neuron) {
  const element = copyOf("neuron");
  element.querySelector("h3").textContent = neuron.name;
  element.querySelector(".address").textContent = neuron.label ? `${neuron.address} ${neuron.label}` : neuron.address;
  element.querySelector("progress").setAttribute("aria-label", `Steps of ${neuron.name}`);
  for (const name of ["favour", "drop"]) {
    const button = element.querySelector(`.${name}`);
    button.setAttribute("aria-label", `${button.textContent} ${neuron.name}`);
    button.addEventListener("click", () => order(`/${name}/${neuron.key}`));
  }
  shown.set(neuron.key, element);
  return element;
}

function update(neuron) {
  const element = shown.get(neuron.key);
  element.className = neuron.state;
  const image = element.querySelector("img");
  if (neuron.picture) {
    const source = `/picture/${neuron.key}?${neuron.picture}`;
    if (image.getAttribute("src") !== source) image.src = source;
    image.alt = `Picture of ${neuron.name}`;
  }
  image.hidden = !neuron.picture;
  element.querySelector(".empty").hidden = Boolean(neuron.picture);
  element.querySelector("progress").value = neuron.step / neuron.steps;
  const from = neuron.parent ? `, from ${neuron.parent}` : "";
  const words = { waiting: `waits${from}`, training: `step ${neuron.step} of ${neuron.steps}${from}`, done: "done", dropped: "dropped" };
  element.querySelector(".state").textContent = words[neuron.state];
  element.querySelector(".favour").disabled = neuron.state !== "waiting";
  element.querySelector(".drop").disabled = !["waiting", "training"].includes(neuron.state);
}

function show(state) {
  const neurons = state.families.flatMap((family) => family.neurons);
  if (neurons.some((one) => !shown.has(one.key)) || shown.size !== neurons.length) {
    shown.clear();
    $("families").replaceChildren(...state.families.map((family) => {
      const element = copyOf("family");
      element.querySelector("h2").textContent = family.name;
      element.querySelector("ul").append(...family.neurons.map(made));
      return element;
    }));
  }
  neurons.forEach(update);
  const wanted = neurons.filter((one) => one.state !== "dropped");
  const done = wanted.filter((one) => one.state === "done").length;
  $("title").textContent = state.title;
  document.title = `${done}/${wanted.length} ${state.title}`;
  const sum = (name) => wanted.reduce((total, one) => total + one[name], 0);
  $("progress").value = sum("steps") ? sum("step") / sum("steps") : 0;
  $("stop").disabled = state.stopped || done === wanted.length;
  const left = done === wanted.length ? "all done" : said(state.seconds_left);
  tell(`${state.doing}: ${done} of ${wanted.length} neurons, ${state.stopped ? "stops after this" : left}`);
}

async function follow() {
  try {
    show(await (await fetch("/state")).json());
  } catch {
    tell("The build is over, or does not answer", true);
  }
  setTimeout(follow, EVERY_MS);
}

$("stop").addEventListener("click", () => order("/stop"));
follow();
