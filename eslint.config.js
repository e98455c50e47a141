import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/**
 * Imports point in one direction: a layer may use the layers above it in this list and its own
 * folder, nothing else.
 */
const layers = [
  {
    files: ["src/errors.ts", "src/log.ts", "src/log-events.ts", "src/env.ts", "src/schemas/**"],
    imported_as: ["**/schemas/*", "**/errors.ts", "**/log.ts", "**/log-events.ts", "**/env.ts"],
  },
  { files: ["src/database/**"], imported_as: ["**/database/*"], beside: ["**/cache/*"] },
  { files: ["src/cache/**"], imported_as: ["**/cache/*"], beside: ["**/database/*"] },
  { files: ["src/services/**"], imported_as: ["**/services/*"] },
  { files: ["src/edge/**", "src/routes/**"], imported_as: ["**/edge/*", "**/routes/*"] },
  {
    files: ["src/tellers/**"],
    imported_as: ["**/tellers/*"],
    beside: ["**/edge/*", "**/routes/*"],
  },
  { files: ["src/app.ts", "src/openapi.ts"], imported_as: ["**/app.ts", "**/openapi.ts"] },
  {
    files: ["src/worker.ts", "src/scheduled.ts"],
    imported_as: ["**/worker.ts", "**/scheduled.ts"],
  },
  { files: ["src/runtimes/**"], imported_as: ["**/runtimes/*"] },
];

const one_way =
  "Imports point one way: errors, schemas ← database, cache ← services ← edge, " +
  "routes ← app ← worker ← runtimes.";
const outside = {
  group: ["**/local/**", "**/scripts/**", "**/test/**", "**/bench/**"],
  message: "The Worker knows nothing of what runs it here.",
};

const importDirections = layers.map(({ files, beside = [] }, index) => {
  const below = layers.slice(index + 1).flatMap(({ imported_as }) => imported_as);
  const group = [...new Set([...below, ...beside])];
  const patterns = group.length === 0 ? [outside] : [{ group, message: one_way }, outside];
  return { files, rules: { "no-restricted-imports": ["error", { patterns }] } };
});

/**
 * What answers requests asks the services, and only they ask the database and the cache. Types may
 * be named everywhere. Each exception has its reason.
 */
const throughServices = {
  files: ["src/*.ts", "src/edge/**", "src/routes/**"],
  ignores: [
    "src/scheduled.ts", // a job may be one call
    "src/edge/etag.ts", // makes an ETag as the cache does
    "src/edge/login-limit.ts", // counts logins in Redis
  ],
  rules: {
    "@typescript-eslint/no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ["**/database/*", "**/cache/*"],
            allowTypeImports: true,
            message: "Only services ask the database and the cache.",
          },
        ],
      },
    ],
  },
};

export default defineConfig(
  globalIgnores(["node_modules/", "dist/", ".wrangler/", ".local/", "worker-configuration.d.ts"]),
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An empty class may mark an error or a parsed value.
      "@typescript-eslint/no-extraneous-class": ["error", { allowEmpty: true }],
      // The code counts code points on purpose.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // The compiler's noPropertyAccessFromIndexSignature decides this already.
      "@typescript-eslint/dot-notation": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // A method may have to return a Promise because of its interface, even if it waits for
      // nothing.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    // A test is about the members of a response. It reads them from `any`, and fails if they are
    // missing.
    files: ["test/**"],
    rules: {
      "@typescript-eslint/restrict-plus-operands": ["error", { allowAny: true }],
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  { files: ["src/**"], ignores: ["src/log.ts", "src/docs/**"], rules: { "no-console": "error" } },
  { files: ["local/*.js"], languageOptions: { globals: { process: "readonly", URL: "readonly" } } },
  { files: ["src/docs/**"], languageOptions: { globals: { SwaggerUIBundle: "readonly" } } },
  ...importDirections,
  throughServices,
);
