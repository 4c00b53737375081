(() => {
  "use strict";
  const root = document.documentElement;
  const key = "coursesync-theme";
  const themes = ["system", "dark", "light"];
  root.classList.add("js");

  // A browser may refuse storage to a file; the theme then holds while the page is open.
  const stored = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  const wear = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  const worn = () => root.dataset.theme ?? "system";
  const kept = stored((storage) => storage.getItem(key));
  if (themes.includes(kept)) wear(kept);

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => {
      button.textContent = `Theme: ${worn()}`;
    };
    button.addEventListener("click", () => {
      wear(themes[(themes.indexOf(worn()) + 1) % themes.length]);
      stored((storage) => storage.setItem(key, worn()));
      show();
    });
    show();
  });

  // Where the script of the page fails at its start, the plain list is better than nothing.
  addEventListener("error", () => {
    if (!root.dataset.ready) root.classList.remove("js");
  });
})();
