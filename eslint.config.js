import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import typescript from 'typescript-eslint';
import { importDirection } from './scripts/lint/import-direction.js';
import { noClockWaits } from './scripts/lint/no-clock-waits.js';

export default defineConfig(
  // The kernels are AssemblyScript, which its own compiler checks.
  globalIgnores([
    'dist',
    'package',
    'bundle',
    'release',
    'runs',
    '.cache',
    'public',
    'test-results',
    'playwright-report',
    'src/engine/machines/cpu/kernels',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [js.configs.recommended, typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { pyra: { rules: { 'import-direction': importDirection, 'no-clock-waits': noClockWaits } } },
    rules: {
      'pyra/import-direction': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A cast at a boundary is what the schemas are for; `unknown` in between only hides it.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSAsExpression > TSAsExpression.expression > TSUnknownKeyword',
          message: 'A cast through unknown hides a mistake: parse with a schema, or narrow with a check.',
        },
        // A constructor has no other way to be kept from callers.
        ...['PropertyDefinition', 'MethodDefinition[kind!="constructor"]', 'TSParameterProperty'].map((kind) => ({
          selector: `${kind}[accessibility=/private|protected/]`,
          message: 'Write #name: nothing can reach round it at run time, and there is one way here to hide a member.',
        })),
      ],
      eqeqeq: 'error',
      // Numbers in messages are the rule here, and stating `number` for every one of them would only be noise.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Checks that the types say are not needed are wanted where values come from a driver, a file or another realm.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // An interface that promises is also implemented by what is there at once.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `noUncheckedIndexedAccess` asks for a `!` at each element that a loop's own bounds make sure of.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // A test's `describe` is a list of tests and no function that anybody reads as one.
    files: ['src/**/*.{ts,tsx}', 'scripts/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.test.tsx'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['vit', 'protocol', 'results', 'containers', 'formats', 'data', 'engine'].map((folder) => `src/${folder}/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['navigator', 'window', 'document', 'process', 'self', 'localStorage'].map((name) => ({
          name,
          message: 'This runs in the browser and in Node alike: the host (src/worker, src/headless) hands over what it needs.',
        })),
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.test.tsx', 'e2e/**/*.ts'],
    rules: { 'pyra/no-clock-waits': 'error' },
  },
  {
    files: ['**/*.test.ts', '**/*.test.tsx', 'src/testing/**/*.ts'],
    rules: {
      // Vitest's matchers (`expect.objectContaining`) are typed as `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['src/store/**/*.ts', 'src/ui/**/*.{ts,tsx}'],
    rules: {
      // Zustand's actions are functions of the state they close over, without a `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
    // A rule of the React compiler, which does not compile this page: a cache that a memo closes over is no mistake here.
    rules: { 'react-hooks/immutability': 'off' },
  },
);
