// Opinion maps: keys for the three answers. Everything works without this file.

const ANSWERS = { 1: "1", 2: "-1", 3: "0", ArrowRight: "1", ArrowLeft: "-1", ArrowDown: "0" };

// Only while the focus is in the card, and never while somebody types: a single key must not surprise anybody.
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("[data-vote]");
  const value = ANSWERS[event.key];
  if (!card || value === undefined || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  if (event.target.matches("input, textarea, select")) return;
  const button = card.querySelector(`button[name=value][value="${value}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

// Not before the new buttons are ready to be pressed.
document.addEventListener("htmx:afterSettle", () => document.querySelector("[data-vote] [data-next]")?.focus());
// What was refused is explained by the page itself.
document.addEventListener("htmx:responseError", () => location.reload());
