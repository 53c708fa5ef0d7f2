// The explorer: one chart of what the table shows. The library comes only when somebody asks for it.

const box = document.querySelector("[data-explorer]");
const form = document.querySelector("[data-explore-form]");
const part = (name) => box.querySelector(`[data-explore-${name}]`);
const status = part("status");
const canvas = part("canvas");
const ROW = 30;
let chart;
let data;
let asRing = false;

// Tokens may say light-dark(): only a colour that is in use is a colour.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  box.append(probe);
  const used = getComputedStyle(probe).color;
  probe.remove();
  return used;
}

function loaded(url) {
  return new Promise((resolve, reject) => {
    if (window.echarts) return resolve();
    const script = document.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

const measured = () => Math.max(0, data.measures.findIndex((measure) => measure.key === form.measure.value));

function option() {
  const place = measured();
  const measure = data.measures[place];
  const unit = measure.key === "rate" ? box.dataset.rate : data.unit;
  const rows = data.rows
    .filter((row) => row.values[place] !== null)
    .sort((one, other) => other.values[place] - one.values[place]);
  const words = { color: colour("ink"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };
  const colours = ["bar", "bar-2", "g-social", "g-research", "g-enterprise", "g-gov"].map(colour);
  const number = (value) => `${value.toLocaleString(document.documentElement.lang)} ${unit}`;
  const common = {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true, decal: { show: asRing }, label: { description: `${box.dataset.title}: ${measure.label}` } },
    color: colours,
    textStyle: words,
    // The usual tooltip writes HTML with inline styles, which our policy refuses.
    tooltip: { renderMode: "richText", confine: true, formatter: (hit) => `${hit.name}\n${number(hit.value)}` },
  };
  if (asRing) {
    const shown = rows.filter((row) => row.values[place] > 0).slice(0, 12);
    return {
      ...common,
      series: [{
        type: "pie", radius: ["38%", "72%"], itemStyle: { borderColor: colour("surface"), borderWidth: 2 },
        label: { ...words, overflow: "truncate", width: Math.max(70, canvas.clientWidth / 5) },
        data: shown.map((row) => ({ name: row.name, value: row.values[place] })),
      }],
    };
  }
  const room = Math.min(220, canvas.clientWidth * 0.36);
  return {
    ...common,
    grid: { left: room + 8, right: 72, top: 8, bottom: 28 },
    xAxis: { type: "value", axisLabel: { ...words, color: colour("ink-2"), hideOverlap: true }, splitLine: { lineStyle: { color: colour("line") } } },
    yAxis: {
      type: "category", inverse: true, data: rows.map((row) => row.name), axisTick: { show: false },
      axisLabel: { ...words, width: room, overflow: "truncate", interval: 0 }, axisLine: { lineStyle: { color: colour("line") } },
    },
    series: [{
      type: "bar", data: rows.map((row) => row.values[place]), barMaxWidth: 18, cursor: "pointer",
      label: { show: true, position: "right", ...words, formatter: (hit) => hit.value.toLocaleString(document.documentElement.lang) },
    }],
  };
}

function draw() {
  canvas.style.setProperty("block-size", `${asRing ? 420 : Math.max(200, data.rows.length * ROW + 50)}px`);
  chart ||= window.echarts.init(canvas, null, { renderer: "canvas" });
  chart.resize();
  chart.setOption(option(), true);
  status.textContent = `${data.group_label} · ${data.measures[measured()].label} · ${data.unit}`;
  part("csv").href = data.csv_url;
}

async function fetched() {
  const response = await fetch(`${box.dataset.json}?${new URLSearchParams(new FormData(form))}`);
  if (!response.ok) throw new Error(response.status);
  data = await response.json();
}

async function redraw(anew) {
  try {
    if (anew) await fetched();
    draw();
  } catch {
    status.textContent = box.dataset.failed;
  }
}

part("start").addEventListener("click", async () => {
  part("start").disabled = true;
  try {
    await Promise.all([loaded(box.dataset.library), fetched()]);
    canvas.hidden = false;
    draw();
    part("start").hidden = true;
    for (const name of ["kind", "png", "csv"]) part(name).hidden = false;
    part("kind").focus();
    chart.on("click", (hit) => {
      const row = data.rows.find((each) => each.name === hit.name);
      if (row?.url) location.assign(row.url);
    });
  } catch {
    part("start").disabled = false;
    status.textContent = box.dataset.failed;
  }
});
part("kind").addEventListener("click", () => {
  asRing = !asRing;
  part("kind").textContent = asRing ? part("kind").dataset.bar : part("kind").dataset.pie;
  redraw(false);
});
part("png").addEventListener("click", () => {
  part("png").href = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("surface") });
  part("png").download = `explore-${form.group.value}.png`;
});
form.group.addEventListener("change", () => chart && redraw(true));
form.measure.addEventListener("change", () => chart && redraw(false));
addEventListener("resize", () => chart && redraw(false));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart && redraw(false));
box.hidden = false;
