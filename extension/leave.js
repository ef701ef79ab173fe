/**
 * What the extension may do only by the user's leave. The leave is the browser's permission for it,
 * and is kept nowhere else.
 */

/** @typedef {ReturnType<typeof leaveOf>} Leave */

/**
 * @param {typeof chrome} api
 * @param {chrome.permissions.Permissions} permissions
 */
export function leaveOf(api, permissions) {
  return {
    isAllowed: () => api.permissions.contains(permissions),

    /** Ask the user; only in a click of his. */
    allow: () => api.permissions.request(permissions),

    forbid: () => api.permissions.remove(permissions),

    /** @param {() => void} listener - The user has allowed or forbidden something. */
    onChange(listener) {
      api.permissions.onAdded.addListener(listener);
      api.permissions.onRemoved.addListener(listener);
    },
  };
}
