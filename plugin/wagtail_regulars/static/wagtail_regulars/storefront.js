// <regulars-offer endpoint="…" token-endpoint="…" | token="…" lang="…">: a shopper's own discount.
//
// The page around it is the same for everybody; who is asking is said by a short-lived token, taken from the
// attribute `token`, from <meta name="regulars-token" content="…">, or from the page's own `token-endpoint`
// ({"token": "…"}). All that is shown is plain text. Style it by its classes and by its attribute data-state:
// loading, discount, none or error. With refresh="30" it asks again each 30 seconds while the page is looked at.
(() => {
  "use strict";
  const TIMEOUT = 10000;
  const SHORTEST = 5; // Seconds between two questions of a page that asks again.
  const LONGEST = 3600;
  const WORDS = {
    en: { copy: "Copy code", copied: "Copied", until: "Valid until", error: "Your discount cannot be shown at the moment." },
    uk: { copy: "Копіювати код", copied: "Скопійовано", until: "Діє до", error: "Зараз не вдається показати вашу знижку." },
    ru: { copy: "Копировать код", copied: "Скопировано", until: "Действует до", error: "Сейчас не удаётся показать вашу скидку." },
    de: { copy: "Code kopieren", copied: "Kopiert", until: "Gültig bis", error: "Ihr Rabatt kann gerade nicht angezeigt werden." },
  };
  const text = (value) => (typeof value === "string" ? value : "");
  const given = (answer) => Number(answer.percent) > 0 || Number(answer.amount) > 0;

  class RegularsOffer extends HTMLElement {
    static get observedAttributes() {
      return ["endpoint", "token", "token-endpoint", "lang", "refresh"];
    }

    connectedCallback() {
      for (const name of ["pagehide", "pageshow"]) addEventListener(name, this);
      document.addEventListener("visibilitychange", this);
      this.refresh();
    }

    disconnectedCallback() {
      for (const name of ["pagehide", "pageshow"]) removeEventListener(name, this);
      document.removeEventListener("visibilitychange", this);
      this._stop();
    }

    handleEvent(event) {
      if (event.type === "pagehide") this._forget();
      else if (event.type === "pageshow") event.persisted && this.refresh();
      else if (this._due && !document.hidden) this.refresh({ quietly: true });
    }

    attributeChangedCallback(_name, before, after) {
      if (this._asking && before !== after) this.refresh();
    }

    /** Ask anew; the latest question wins. Quietly: what is shown stays until there is another answer. */
    async refresh({ quietly = false } = {}) {
      this._stop();
      this._prepare();
      const asking = (this._asking = new AbortController());
      const timer = setTimeout(() => asking.abort(), TIMEOUT);
      const calm = quietly && this.getAttribute("data-state") !== "loading";
      if (!calm) {
        this.setAttribute("data-state", "loading");
        this.setAttribute("aria-busy", "true");
      }
      let answer = null;
      try {
        answer = await this._ask(asking.signal);
      } catch {
        // No connection, no permission or no JSON: said in words below.
      } finally {
        clearTimeout(timer);
      }
      if (this._asking !== asking) return;
      if (answer || !calm) this._show(answer);
      this.removeAttribute("aria-busy");
      if (this._pause) this._timer = setTimeout(() => this._again(), this._pause);
    }

    // A page that nobody looks at asks when it is looked at again.
    _again() {
      this._due = document.hidden;
      if (!this._due) this.refresh({ quietly: true });
    }

    _stop() {
      this._asking?.abort();
      this._asking = null;
      this._due = false;
      clearTimeout(this._timer);
    }

    // A browser keeps pages for its back button; the next person at it must not find this one's offer there.
    _forget() {
      this._stop();
      this._told = null;
      this._status?.replaceChildren();
      this._actions?.replaceChildren();
      this.setAttribute("data-state", "loading");
    }

    // Only a change inside a region that is there already is read out.
    _prepare() {
      if (this._status) return;
      this._status = this._part("div", "status");
      this._status.setAttribute("role", "status");
      this._status.setAttribute("aria-live", "polite");
      this._actions = this._part("div", "actions");
      this.replaceChildren(this._status, this._actions);
    }

    get _pause() {
      const seconds = Number(this.getAttribute("refresh"));
      return seconds > 0 ? Math.min(Math.max(seconds, SHORTEST), LONGEST) * 1000 : 0;
    }

    get _language() {
      const given = this.getAttribute("lang") || this.closest("[lang]")?.getAttribute("lang");
      return given || "";
    }

    async _ask(signal) {
      const given = this.getAttribute("token") || document.querySelector('meta[name="regulars-token"]')?.content;
      let response = await this._offer(given || (await this._token(signal)), signal);
      // A page may outlive its token: a new one, and else what everybody is shown.
      if (response.status === 401) response = await this._offer(await this._token(signal), signal);
      if (response.status === 401) response = await this._offer("", signal);
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (!answer || typeof answer !== "object") throw new Error("no object");
      return answer;
    }

    async _token(signal) {
      const place = this.getAttribute("token-endpoint");
      if (!place) return "";
      const options = { signal, credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
      const response = await fetch(this._address(place), options);
      return response.ok ? text((await response.json()).token) : "";
    }

    _offer(token, signal) {
      const address = this._address(this.getAttribute("endpoint") || "");
      if (this._language) address.searchParams.set("language", this._language);
      const headers = { Accept: "application/json" };
      if (token) headers.Authorization = `Bearer ${token}`;
      const options = { signal, headers, credentials: "omit", cache: "no-store", redirect: "error" };
      return fetch(address, { ...options, referrerPolicy: "no-referrer" });
    }

    _address(place) {
      const address = new URL(place, document.baseURI);
      if (!place || !/^https?:$/.test(address.protocol)) throw new TypeError("no address");
      return address;
    }

    _show(answer) {
      const spoken = (text(answer?.language) || this._language).slice(0, 2).toLowerCase();
      const language = WORDS[spoken] ? spoken : "en";
      this.setAttribute("data-state", answer ? (given(answer) ? "discount" : "none") : "error");
      const told = JSON.stringify([answer, language]);
      if (told === this._told) return;
      this._told = told;
      this._status.setAttribute("lang", language);
      this._status.replaceChildren();
      this._actions.replaceChildren();
      this._tell(answer ?? { sentence: WORDS[language].error }, language, WORDS[language]);
    }

    _tell(answer, language, words) {
      this._line(this._status, "level", text(answer.level));
      this._line(this._status, "sentence", text(answer.sentence));
      this._line(this._status, "terms", text(answer.terms));
      this._line(this._status, "next", text(answer.next_step));
      this._line(this._status, "until", this._until(text(answer.valid_until), language, words));
      if (text(answer.code)) this._code(answer.code, words);
    }

    _until(moment, language, words) {
      const date = new Date(moment);
      if (!moment || Number.isNaN(date.getTime())) return "";
      return `${words.until} ${new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(date)}`;
    }

    _code(code, words) {
      const shown = this._part("code", "code", code);
      this._status.append(shown);
      const button = this._part("button", "copy", words.copy);
      button.setAttribute("type", "button");
      const said = this._part("span", "copied");
      said.setAttribute("role", "status");
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(code);
          said.textContent = words.copied;
        } catch {
          // No permission, or a page without TLS: the code is selected, to be copied by hand.
          getSelection()?.selectAllChildren(shown);
        }
      });
      this._actions.append(button, said);
    }

    _line(parent, name, content) {
      if (content) parent.append(this._part("p", name, content));
    }

    _part(tag, name, content = "") {
      const made = document.createElement(tag);
      made.className = `regulars-offer-${name}`;
      made.textContent = content;
      return made;
    }
  }

  if (!customElements.get("regulars-offer")) customElements.define("regulars-offer", RegularsOffer);
})();
