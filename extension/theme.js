/**
 * The theme that the user chose, before anything is painted: a plain script, which a page waits for.
 * The choice lies in the extension's storage, which answers too late for that; `preferences.js`
 * keeps a copy of it here.
 */

{
  const show = () => {
    document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "system";
  };
  show();
  addEventListener("storage", show);
}
