
// Light or dark: as the reader's system is set, until the reader chooses.
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.createElement("button");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const named = () => (button.textContent = isDark() ? "Light colours" : "Dark colours");
  button.type = "button";
  button.className = "theme";
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    named();
  });
  system.addEventListener("change", named);
  named();
  document.querySelector("main").prepend(button);
}
