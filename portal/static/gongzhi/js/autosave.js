// Saves a form while somebody types. Without a connection what was typed stays on the device, also over a reload, and
// is sent when there is one again. Without this file the form has its button.

const PAUSE = 1500;
const AGAIN = 10000;
const storeOf = (form) => `gongzhi.autosave.${form.dataset.autosave}`;

function valuesOf(form) {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return Object.fromEntries([...data].filter(([, value]) => typeof value === "string"));
}

function keep(form, values) {
  try {
    if (values) sessionStorage.setItem(storeOf(form), JSON.stringify(values));
    else sessionStorage.removeItem(storeOf(form));
  } catch {
    // Storage may be forbidden; then the page itself holds what was typed.
  }
}

function kept(form) {
  try {
    return JSON.parse(sessionStorage.getItem(storeOf(form)) || "null");
  } catch {
    return null;
  }
}

function autosave(form) {
  const status = form.querySelector("[data-autosave-status]");
  const say = (text) => {
    if (status && status.textContent !== text) status.textContent = text;
  };
  let timer;
  let isSending = false;
  let isStopped = false;
  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  };
  async function send() {
    if (isStopped) return;
    if (isSending) {
      later(PAUSE);
      return;
    }
    isSending = true;
    const sent = JSON.stringify(valuesOf(form));
    const body = new FormData(form);
    body.set("autosave", "1");
    try {
      const answer = await fetch(location.href, { method: "POST", body, credentials: "same-origin" });
      const said = await answer.json();
      if (answer.ok) {
        form.elements.revision.value = said.revision;
        if (JSON.stringify({ ...JSON.parse(sent), revision: String(said.revision) }) === JSON.stringify(valuesOf(form))) {
          keep(form, null);
          say(form.dataset.saved);
        } else later(PAUSE);
      } else {
        // What is refused stays on the page; the button shows it with all that can be done.
        isStopped = answer.status === 409 || answer.status === 403;
        say(said.error || "");
      }
    } catch {
      say(form.dataset.kept);
      later(AGAIN);
    } finally {
      isSending = false;
    }
  }
  const earlier = kept(form);
  // What was typed before another save is compared by the server, so the number it was made from comes back, too.
  if (earlier) {
    for (const [name, value] of Object.entries(earlier)) {
      const field = form.elements[name];
      if (field && "value" in field) field.value = value;
    }
    say(form.dataset.restored);
    later(0);
  }
  form.addEventListener("input", () => {
    keep(form, valuesOf(form));
    if (!isStopped) later(PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      // The browser would show a page of its own instead of what was typed.
      event.preventDefault();
      keep(form, valuesOf(form));
      say(form.dataset.kept);
      return;
    }
    isStopped = true;
    clearTimeout(timer);
    keep(form, null);
  });
  addEventListener("online", () => kept(form) && later(0));
}

document.querySelectorAll("form[data-autosave]").forEach(autosave);
