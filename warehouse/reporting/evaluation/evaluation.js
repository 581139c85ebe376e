
// The filters: sections, their rows of the overview and their links go together.
const form = document.getElementById("filters");
function apply() {
  const { suite, answers, role } = Object.fromEntries(new FormData(form));
  let shown = 0;
  const parts = document.querySelectorAll(".part");
  for (const part of parts) {
    const fits =
      (!suite || part.dataset.suite === suite) && (!answers || part.dataset.simulated === answers);
    part.hidden = !fits;
    shown += fits;
    for (const other of document.querySelectorAll(`[data-part="${part.id}"]`)) other.hidden = !fits;
  }
  for (const row of document.querySelectorAll(".part [id^=table-] tr[data-role]")) {
    const router = row.dataset.role === "router";
    row.hidden = role !== "" && router !== (role === "router");
  }
  document.getElementById("status").textContent = `Shown: ${shown} of ${parts.length} suites`;
}
if (form) {
  form.addEventListener("change", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
}
