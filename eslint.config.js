import tseslint from "typescript-eslint";

/** The two functions of Node.js that hand a string to a shell. */
const shells = ["exec", "execSync"];
const childProcess = ["child_process", "node:child_process"];

export default tseslint.config(
  {
    ignores: [
      "dist",
      "node_modules",
      "coverage",
      ".stryker-tmp",
      "results",
      "vendor",
      "bin",
      "eslint.config.js",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-non-null-assertion": "error",
      // A default branch that uses its value as `never` is checked by the compiler; others are meant.
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "no-console": "error",
    },
  },
  {
    // Clocks, randomness and the process enter at the edge (src/cli/edge.ts) and are passed down.
    files: [
      "src/{experiment,run,record,metric,figure,paper,compare,derived,address-plan,decision,neighbour,vpn,city}/**/*.ts",
    ],
    rules: {
      "no-restricted-globals": ["error", "performance", "setTimeout", "setInterval"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now" },
        { object: "Math", property: "random" },
        { object: "process", property: "env" },
        { object: "process", property: "exit" },
      ],
    },
  },
  {
    // No shell anywhere: a command is a file and its arguments (docs/threat-model.md).
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: childProcess.map((name) => ({ name, importNames: shells })) },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "Property[key.name='shell'], Property[key.value='shell']", message: "No shell." },
      ],
    },
  },
  {
    // src/host/ is the only way to other programs.
    files: ["src/**/*.ts"],
    ignores: ["src/host/**/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { paths: [...childProcess, "execa"] }],
    },
  },
);
