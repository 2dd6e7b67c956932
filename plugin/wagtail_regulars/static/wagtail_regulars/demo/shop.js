// After an order the offer on this page follows the agent's rounds by itself.
for (const offer of document.querySelectorAll("[data-follow] regulars-offer")) offer.setAttribute("refresh", "5");
