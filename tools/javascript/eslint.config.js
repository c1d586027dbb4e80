// The pages' scripts run in browsers as they are: no build step, so what is checked is what is served.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "require-await": "error",
    },
  },
  // A browser loads no modules from a disk, so the catalogue has a classic script.
  { files: ["installation/book/pages/*.js"], languageOptions: { sourceType: "script" } },
];
