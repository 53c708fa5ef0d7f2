// Small comforts for every page. All of it is extra: each form and journey works without this file.

const sayOnce = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

function focusErrorSummary() {
  const summary = document.querySelector("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const control = field.matches("input, textarea, select") ? field : field.querySelector("input, textarea, select");
    const label = control?.labels?.[0] || field;
    label.scrollIntoView({ block: "start" });
    (control || field).focus({ preventScroll: true });
  });
}

function countCharacters(area) {
  const most = Number(area.maxLength);
  const count = area.parentElement.querySelector(".count");
  if (!count || !(most > 0)) return;
  // The browser would cut a pasted text off in silence; say instead how much is too much. The server refuses it too.
  area.removeAttribute("maxlength");
  count.id ||= `${area.id || area.name}_count`;
  area.setAttribute("aria-describedby", [area.getAttribute("aria-describedby"), count.id].filter(Boolean).join(" "));
  const spoken = document.createElement("span");
  spoken.className = "sr";
  spoken.setAttribute("role", "status");
  count.after(spoken);
  const start = count.textContent;
  let timer;
  const show = () => {
    // Line breaks travel as two characters, and Python counts code points where JavaScript counts halves of emoji.
    const left = most - [...area.value.replace(/\r?\n/g, "\r\n")].length;
    count.classList.toggle("over", left < 0);
    sayOnce(count, area.value ? `${left < 0 ? area.dataset.over : area.dataset.left} ${Math.abs(left)}` : start);
    clearTimeout(timer);
    if (left < most / 10) timer = setTimeout(() => sayOnce(spoken, count.textContent), 1000);
  };
  area.addEventListener("input", show);
  show();
}

const draftKey = (key) => `gongzhi.draft.${key}`;

function keepDrafts() {
  for (const done of document.querySelectorAll("[data-draft-clear]")) {
    for (const key of done.dataset.draftClear.split(/\s+/).filter(Boolean)) sessionStorage.removeItem(draftKey(key));
  }
  for (const area of document.querySelectorAll("textarea[data-draft-key]")) {
    const key = draftKey(area.dataset.draftKey);
    if (!area.value) area.value = sessionStorage.getItem(key) || "";
    area.addEventListener("input", () => {
      if (area.value) sessionStorage.setItem(key, area.value);
      else sessionStorage.removeItem(key);
    });
  }
}

try {
  keepDrafts();
} catch {
  // Storage may be forbidden; then nothing is kept, and nothing else suffers.
}
// On a phone the room one is in may stand outside the strip of rooms.
const strip = document.querySelector(".nav ul");
const here = strip?.querySelector("[aria-current]");
if (here && strip.scrollWidth > strip.clientWidth) {
  strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
}
document.querySelectorAll("textarea[data-count]").forEach(countCharacters);
focusErrorSummary();

const more = document.querySelector("script[data-live]").dataset;
if (document.querySelector("[data-png], [data-copy]")) import(new URL(more.figure, document.baseURI));
if (document.querySelector("input[data-suggest]")) import(new URL(more.suggest, document.baseURI));
const live = document.querySelectorAll("[data-live-url]");
// Numbers that change by themselves are a comfort; who saves data does without.
const saves = navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches;
const numbers = saves ? [] : document.querySelectorAll("[data-live-numbers]");
if (live.length || numbers.length) {
  import(new URL(more.live, document.baseURI)).then(({ LiveRoom, LiveNumbers }) => {
    live.forEach((section) => new LiveRoom(section));
    numbers.forEach((place) => new LiveNumbers(place));
  });
}
