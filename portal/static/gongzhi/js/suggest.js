// Proposes names while somebody types into a search field.

const PAUSE = 200;
const SHORTEST = 1;

function proposeFor(input, number) {
  const list = document.createElement("datalist");
  list.id = `proposed-${number}`;
  input.after(list);
  input.setAttribute("list", list.id);
  let timer;
  let asked = "";
  let earlier;
  const propose = async () => {
    const text = input.value.trim();
    if (text === asked || text.length < SHORTEST) return;
    asked = text;
    earlier?.abort();
    earlier = new AbortController();
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", text);
    try {
      const answer = await fetch(address, { signal: earlier.signal, credentials: "same-origin" });
      if (!answer.ok) return;
      const { names } = await answer.json();
      list.replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
    } catch {
      // Overtaken by the next letter, or no network: nothing is proposed.
    }
  };
  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    // Letters of an input method are not yet what is meant.
    if (!event.isComposing) timer = setTimeout(propose, PAUSE);
  });
  input.addEventListener("compositionend", () => {
    timer = setTimeout(propose, PAUSE);
  });
}

document.querySelectorAll("input[data-suggest]").forEach(proposeFor);
