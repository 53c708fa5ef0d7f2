// Adds up what is chosen on a ballot while somebody chooses. Without it, a button of the form does.
const cart = document.querySelector("form.cart");

function pointsOf(item) {
  const input = item.querySelector("input");
  return input.type === "checkbox" ? Number(input.checked) : Number(input.value) || 0;
}

function written(fen, unit) {
  const amount = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: unit, maximumFractionDigits: 0 });
  return amount.format(fen / 100);
}

function addUp() {
  let chosen = 0;
  let given = 0;
  let cost = 0;
  for (const item of cart.querySelectorAll("[data-cost]")) {
    const points = pointsOf(item);
    if (points > 0) {
      chosen += 1;
      given += points;
      cost += Number(item.dataset.cost);
    }
  }
  const sum = cart.querySelector("[data-sum]");
  cart.querySelector("[data-chosen]").textContent = chosen;
  sum.textContent = written(cost, sum.dataset.unit);
  cart.querySelector("progress").value = cost;
  const points = cart.querySelector("[data-given]");
  if (points) points.textContent = given;
}

cart?.addEventListener("input", addUp);
