// What <regulars-offer> does with what it is told, in a document made of a few lines.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(process.env.STOREFRONT_SCRIPT, "utf8");
const OFFER = {
  percent: "7", level: "Silver", sentence: "7 %, because", next_step: "more", code: "reg-abc",
  valid_until: null, language: "en",
};
const GUEST = { ...OFFER, percent: "0", level: "", sentence: "Log in to see your discount.", next_step: "", code: "" };

class Element {
  constructor(tag = "regulars-offer") {
    Object.assign(this, { tag, attributes: new Map(), children: [], listeners: {}, text: "", className: "" });
  }
  getAttribute(name) { return this.attributes.get(name) ?? null; }
  setAttribute(name, value) {
    const before = this.getAttribute(name);
    this.attributes.set(name, String(value));
    if (this.constructor.observedAttributes?.includes(name)) this.attributeChangedCallback(name, before, String(value));
  }
  removeAttribute(name) { this.attributes.delete(name); }
  append(...nodes) { this.children.push(...nodes); }
  replaceChildren(...nodes) { this.children = nodes; }
  addEventListener(name, listener) { this.listeners[name] = listener; }
  closest() { return this.page ?? null; }
  set textContent(text) { this.text = text; this.children = []; }
  get textContent() { return this.text + this.children.map((child) => child.textContent).join("\n"); }
  set innerHTML(_html) { throw new Error("HTML was written"); }
  insertAdjacentHTML() { throw new Error("HTML was written"); }
  all() { return this.children.flatMap((child) => [child, ...child.all()]); }
  part(name) { return this.all().find((each) => each.className === `regulars-offer-${name}`); }
}

function json(document, status = 200) {
  return { status, ok: status < 300, json: async () => document };
}

class Hearing {
  constructor() { this.listeners = new Map(); }
  add = (name, listener) => void this.listeners.set(name, listener);
  remove = (name) => void this.listeners.delete(name);
  hear = (type, more = {}) => this.listeners.get(type)?.handleEvent({ type, ...more });
}

class Timers {
  constructor() { this.set = new Map(); }
  start = (act, delay) => { const id = Symbol("timer"); this.set.set(id, { act, delay }); return id; };
  stop = (id) => void this.set.delete(id);
  get delays() { return [...this.set.values()].map(({ delay }) => delay); }
  ring() { const [[id, { act }]] = this.set; this.set.delete(id); act(); }
}

function page({ answers, attributes = {}, meta, language, clipboard, timers = new Timers() }) {
  const asked = [];
  const hearing = new Hearing();
  const context = {
    HTMLElement: Element, AbortController, URL, Intl, Number, Date, Error, TypeError, String, JSON, Math,
    setTimeout: timers.start, clearTimeout: timers.stop,
    addEventListener: hearing.add, removeEventListener: hearing.remove,
    document: {
      baseURI: "https://shop.example.com/page", createElement: (tag) => new Element(tag), hidden: false,
      querySelector: () => (meta ? { content: meta } : null),
      addEventListener: hearing.add, removeEventListener: hearing.remove,
    },
    navigator: { clipboard }, getSelection: () => ({ selectAllChildren: (node) => (context.selected = node) }),
    customElements: { known: new Map(), get(name) { return this.known.get(name); }, define(name, made) { this.known.set(name, made); } },
    fetch: async (address, options) => {
      asked.push({ address: String(address), ...options });
      const answer = answers(new URL(address), options, asked.length);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  // No eval and no new Function, as under a strict content security policy.
  vm.createContext(context, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(SCRIPT, context);
  vm.runInContext(SCRIPT, context);
  const element = new (context.customElements.get("regulars-offer"))();
  if (language) element.page = { getAttribute: () => language };
  for (const [name, value] of Object.entries({ endpoint: "/api/offer", ...attributes })) element.setAttribute(name, value);
  return { element, asked, context, hearing, timers };
}

async function shown(given) {
  const made = page(given);
  await made.element.refresh();
  return made;
}

async function settle() {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

test("an offer is shown with its reason, what gives more, and the code", async () => {
  const { element, asked } = await shown({ answers: () => json(OFFER), attributes: { token: "t" } });
  assert.equal(element.getAttribute("data-state"), "discount");
  assert.equal(element.getAttribute("aria-busy"), null);
  for (const [name, text] of [["level", "Silver"], ["sentence", "7 %, because"], ["next", "more"], ["code", "reg-abc"]])
    assert.equal(element.part(name).textContent, text);
  assert.equal(asked[0].headers.Authorization, "Bearer t");
  assert.equal(asked[0].address, "https://shop.example.com/api/offer");
  assert.equal(asked[0].credentials, "omit");
  assert.equal(asked[0].cache, "no-store");
});

test("an amount counts as a discount, and its terms are shown as plain text", async () => {
  const answer = { ...OFFER, percent: "0", amount: "100.00", currency: "UAH", terms: "Only on: <b>Coffee</b>." };
  const { element } = await shown({ answers: () => json(answer) });
  assert.equal(element.getAttribute("data-state"), "discount");
  assert.equal(element.part("terms").textContent, "Only on: <b>Coffee</b>.");
  const { element: without } = await shown({ answers: () => json({ ...OFFER, terms: "" }) });
  assert.equal(without.part("terms"), undefined);
});

test("it is announced to who cannot see it", async () => {
  const { element } = await shown({ answers: () => json({ ...OFFER, language: "uk" }) });
  const status = element.part("status");
  assert.equal(status.getAttribute("role"), "status");
  assert.equal(status.getAttribute("aria-live"), "polite");
  assert.equal(status.getAttribute("lang"), "uk");
  assert.equal(element.part("copy").getAttribute("type"), "button");
  assert.equal(element.part("copy").textContent, "Копіювати код");
});

test("a guest asks without a token and reads the invitation", async () => {
  const answers = (address) => json(address.pathname === "/token" ? { token: "" } : GUEST);
  const { element, asked } = await shown({ answers, attributes: { "token-endpoint": "/token" } });
  assert.equal(element.getAttribute("data-state"), "none");
  assert.equal(element.part("sentence").textContent, GUEST.sentence);
  assert.equal(element.part("copy"), undefined);
  assert.equal(asked[0].credentials, "same-origin");
  assert.equal("Authorization" in asked[1].headers, false);
});

test("hostile texts are shown as texts", async () => {
  const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  const answer = { ...OFFER, level: hostile, sentence: hostile, next_step: hostile, code: hostile, language: hostile, valid_until: "2026-12-31T12:00:00Z" };
  const { element } = await shown({ answers: () => json(answer) });
  for (const name of ["level", "sentence", "next", "code"]) assert.equal(element.part(name).textContent, hostile);
  assert.deepEqual([...new Set(element.all().map((each) => each.tag))].sort(), ["button", "code", "div", "p", "span"]);
});

test("what is no text is not shown", async () => {
  const answer = { percent: {}, level: { toString: () => "x" }, sentence: 7, next_step: null, code: ["x"], valid_until: "never" };
  const { element } = await shown({ answers: () => json(answer) });
  assert.equal(element.textContent.trim(), "");
  assert.equal(element.getAttribute("data-state"), "none");
});

for (const [name, answer] of [
  ["no connection", new TypeError("failed")], ["a fault of the server", json({}, 503)], ["no object", json(null)],
  ["no JSON", { status: 200, ok: true, json: async () => { throw new SyntaxError("<html>"); } }],
]) {
  test(`${name} is said in the page's language`, async () => {
    const { element } = await shown({ answers: () => answer, language: "de-AT" });
    assert.equal(element.getAttribute("data-state"), "error");
    assert.equal(element.part("sentence").textContent, "Ihr Rabatt kann gerade nicht angezeigt werden.");
    assert.equal(element.getAttribute("aria-busy"), null);
  });
}

test("an expired token is replaced by a new one", async () => {
  const answers = (address, options) => {
    if (address.pathname === "/token") return json({ token: "new" });
    return options.headers.Authorization === "Bearer new" ? json(OFFER) : json({}, 401);
  };
  const { element, asked } = await shown({ answers, attributes: { token: "old", "token-endpoint": "/token" } });
  assert.equal(element.part("code").textContent, "reg-abc");
  assert.equal(asked.length, 3);
});

test("where every token is refused it shows what everybody is shown", async () => {
  const answers = (_address, options) => (options.headers.Authorization ? json({}, 401) : json(GUEST));
  const { element } = await shown({ answers, meta: "expired" });
  assert.equal(element.part("sentence").textContent, GUEST.sentence);
});

test("the page's language is asked for, an attribute wins", async () => {
  const { asked } = await shown({ answers: () => json(OFFER), language: "uk" });
  assert.equal(asked[0].address, "https://shop.example.com/api/offer?language=uk");
  const other = await shown({ answers: () => json(OFFER), language: "uk", attributes: { lang: "ru" } });
  assert.equal(other.asked[0].address, "https://shop.example.com/api/offer?language=ru");
});

test("an address that is no web address is not asked", async () => {
  for (const endpoint of ["javascript:alert(1)", "data:application/json,{}", ""]) {
    const { element, asked } = await shown({ answers: () => json(OFFER), attributes: { endpoint } });
    assert.equal(asked.length, 0);
    assert.equal(element.getAttribute("data-state"), "error");
  }
});

test("the latest question wins and a removed element asks no more", async () => {
  const release = [];
  const answers = (_address, _options, number) =>
    new Promise((resolve) => release.push(() => resolve(json({ ...OFFER, sentence: `answer ${number}` }))));
  const { element, asked } = page({ answers });
  const first = element.refresh();
  await new Promise(setImmediate);
  const second = element.refresh();
  await new Promise(setImmediate);
  assert.equal(asked[0].signal.aborted, true);
  release.reverse().forEach((each) => each());
  await Promise.all([first, second]);
  assert.equal(element.part("sentence").textContent, "answer 2");
  element.refresh();
  await new Promise(setImmediate);
  element.disconnectedCallback();
  assert.equal(asked.at(-1).signal.aborted, true);
});

test("the code is copied, and where that is not allowed it is selected", async () => {
  const copied = [];
  const clipboard = { writeText: async (text) => void copied.push(text) };
  const { element } = await shown({ answers: () => json(OFFER), clipboard });
  await element.part("copy").listeners.click();
  assert.deepEqual(copied, ["reg-abc"]);
  assert.equal(element.part("copied").textContent, "Copied");
  const without = await shown({ answers: () => json(OFFER) });
  await without.element.part("copy").listeners.click();
  assert.equal(without.context.selected, without.element.part("code"));
});

test("the end of an offer is written as the reader's own date", async () => {
  const answer = { ...OFFER, valid_until: "2026-12-31T12:00:00Z", language: "de" };
  const { element } = await shown({ answers: () => json(answer) });
  assert.equal(element.part("until").textContent, "Gültig bis 31. Dezember 2026");
});

test("what is read out stands in a region that was there before it", async () => {
  let release;
  const { element } = page({ answers: () => new Promise((resolve) => (release = () => resolve(json(OFFER)))) });
  element.connectedCallback();
  await settle();
  const status = element.part("status");
  assert.equal(status.getAttribute("aria-live"), "polite");
  assert.equal(status.textContent, "");
  release();
  await settle();
  assert.equal(element.part("status"), status);
  assert.match(status.textContent, /7 %, because/);
});

test("a page in the browser's drawer holds nobody's offer and asks anew when it is taken out", async () => {
  const answers = (_address, _options, number) => json(number === 1 ? OFFER : GUEST);
  const { element, asked, hearing } = page({ answers });
  element.connectedCallback();
  await settle();
  hearing.hear("pagehide", { persisted: true });
  assert.equal(element.textContent.trim(), "");
  assert.equal(element.getAttribute("data-state"), "loading");
  hearing.hear("pageshow", { persisted: true });
  await settle();
  assert.equal(asked.length, 2);
  assert.equal(element.part("sentence").textContent, GUEST.sentence);
  hearing.hear("pageshow", { persisted: false });
  await settle();
  assert.equal(asked.length, 2);
});

test("an answer that comes when the page is in the drawer is not shown", async () => {
  let release;
  const { element, hearing } = page({ answers: () => new Promise((resolve) => (release = () => resolve(json(OFFER)))) });
  element.connectedCallback();
  await settle();
  hearing.hear("pagehide", { persisted: true });
  release();
  await settle();
  assert.equal(element.textContent.trim(), "");
});

test("without being told so it does not ask again", async () => {
  for (const refresh of ["", "0", "-5", "often", "NaN"]) {
    const { timers } = await shown({ answers: () => json(OFFER), attributes: { refresh } });
    assert.deepEqual(timers.delays, []);
  }
});

test("it asks again no oftener than each five seconds and no rarer than each hour", async () => {
  for (const [refresh, wanted] of [["30", 30_000], ["0.001", 5_000], ["Infinity", 3_600_000]]) {
    const { timers } = await shown({ answers: () => json(OFFER), attributes: { refresh } });
    assert.deepEqual(timers.delays, [wanted]);
  }
});

test("asking again shows a new answer, says the same one once, and keeps it when there is none", async () => {
  const later = { ...OFFER, percent: "10", level: "Gold", sentence: "10 %, because" };
  const given = [json(OFFER), json(OFFER), new TypeError("failed"), json(later)];
  const { element, timers } = await shown({ answers: (_address, _options, number) => given[number - 1], attributes: { refresh: "5" } });
  const sentence = element.part("sentence");
  for (const _ of ["the same", "none"]) {
    timers.ring();
    assert.equal(element.getAttribute("data-state"), "discount");
    assert.equal(element.getAttribute("aria-busy"), null);
    await settle();
    assert.equal(element.part("sentence"), sentence);
    assert.equal(timers.delays.length, 1);
  }
  timers.ring();
  await settle();
  assert.equal(element.part("sentence").textContent, "10 %, because");
});

test("a page that nobody looks at does not ask; looked at again, it asks once", async () => {
  const { element, asked, context, hearing, timers } = page({ answers: () => json(OFFER), attributes: { refresh: "5" } });
  element.connectedCallback();
  await settle();
  hearing.hear("visibilitychange");
  await settle();
  assert.equal(asked.length, 1);
  context.document.hidden = true;
  timers.ring();
  await settle();
  assert.equal(asked.length, 1);
  assert.deepEqual(timers.delays, []);
  context.document.hidden = false;
  hearing.hear("visibilitychange");
  hearing.hear("visibilitychange");
  await settle();
  assert.equal(asked.length, 2);
});

test("a removed element hears and waits for nothing", async () => {
  const { element, asked, hearing, timers } = page({ answers: () => json(OFFER), attributes: { refresh: "5" } });
  element.connectedCallback();
  await settle();
  element.disconnectedCallback();
  assert.deepEqual(timers.delays, []);
  for (const name of ["pageshow", "visibilitychange"]) hearing.hear(name, { persisted: true });
  await settle();
  assert.equal(asked.length, 1);
});
