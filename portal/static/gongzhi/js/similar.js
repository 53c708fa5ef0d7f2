// While somebody writes, shows what others have said in much the same words. Without it, a button of the form does.
const place = document.querySelector("[data-similar-url]");
const form = place?.closest("form");
const area = form?.querySelector("textarea[name=body]");
let timer;
let asked = "";

async function ask() {
  const text = area.value.trim();
  if (text.length < 8 || text === asked) return;
  asked = text;
  const body = new FormData();
  body.set("body", text);
  body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  try {
    const answer = await fetch(place.dataset.similarUrl, { method: "POST", body });
    if (answer.ok && text === asked) place.innerHTML = await answer.text();
  } catch {
    // Offline: writing goes on.
  }
}

area?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, 1200);
});
