/** A switch that asks for the user's leave, or gives it back. */

/** @import { Leave } from "../leave.js" */

/**
 * The switch shows what holds, also while the browser asks the user.
 * @param {HTMLInputElement} control
 * @param {Pick<Leave, "isAllowed" | "allow" | "forbid" | "onChange">} leave
 */
export function offerLeave(control, leave) {
  const show = async () => {
    control.checked = await leave.isAllowed();
    control.disabled = false;
  };
  control.addEventListener("change", () => {
    const wished = control.checked;
    control.checked = !wished;
    void (wished ? leave.allow() : leave.forbid()).finally(show);
  });
  leave.onChange(() => void show());
  void show();
}
