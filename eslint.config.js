import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores([".*/", "build/", "dist/", "node_modules/", "daemon/", "native_host/", "extension/vendor/"]),
  {
    files: ["extension/**/*.js", "tests/**/*.js"],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "no-console": ["error", { allow: ["error"] }],
      // Arrow functions that hand a call through are shorter than a block, and as clear.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // `for (;;)` and numbers in texts are meant.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["extension/**/*.js"],
    languageOptions: { globals: { ...globals.browser, ...globals.webextensions } },
  },
  {
    files: ["extension/**/*.js"],
    ignores: ["extension/browser.js", "extension/snapshot.js", "extension/launcher/launcher.js"],
    rules: {
      // One file speaks to the browser; the others run in pages and import nothing.
      "no-restricted-globals": ["error", "browser", "chrome"],
    },
  },
  {
    files: ["tests/**/*.js"],
    languageOptions: { globals: globals.node },
    rules: {
      // `test()` of node:test is awaited by the runner.
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: ["test"] }] },
      ],
    },
  },
);
