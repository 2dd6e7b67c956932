// Copies the code of the offer, and lets no page that the browser keeps for its back button hold it.
// Everything else is there without a script.
(() => {
  "use strict";
  const NAME = "regulars-theme-offer";
  if (customElements.get(NAME)) return;

  class ThemeOffer extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this);
      for (const name of ["pagehide", "pageshow"]) addEventListener(name, this);
    }

    disconnectedCallback() {
      for (const name of ["pagehide", "pageshow"]) removeEventListener(name, this);
    }

    handleEvent(event) {
      if (event.type === "click") this._clicked(event.target.closest(".regulars-offer-copy"));
      else if (event.persisted && event.type === "pagehide") this.replaceChildren();
      else if (event.persisted) this._again();
    }

    async _clicked(button) {
      if (!button) return;
      const code = this.querySelector(".regulars-offer-code");
      const status = this.querySelector(".regulars-offer-status");
      status.textContent = "";
      try {
        await navigator.clipboard.writeText(code.textContent);
        status.textContent = button.dataset.copied;
      } catch {
        // The browser forbids it: what is selected can be copied by hand.
        getSelection().selectAllChildren(code);
      }
    }

    // Another person may be at the browser now, so that the shop is asked anew who this is.
    async _again() {
      try {
        const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = answer.ok && page.getElementById(this.id);
        if (fresh) this.replaceWith(document.importNode(fresh, true));
        else this.remove();
      } catch {
        this.remove();
      }
    }
  }
  customElements.define(NAME, ThemeOffer);
})();
