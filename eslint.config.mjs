import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Modules that only the named places may import. */
const confined = {
  kafkajs: ['libs/platform/messaging/**', 'libs/testing/**'],
  'isolated-vm': ['libs/services/renderer/**'],
  vash: ['libs/services/renderer/**', 'bench/**'],
  nodemailer: ['libs/services/packager/**', 'libs/services/dispatcher/**', 'libs/testing/**', 'bench/**'],
};

/** What each layer of a service must not see; paths as they are written in relative imports. */
const layers = {
  domain: ['application', 'inbound', 'outbound'],
  application: ['inbound', 'outbound'],
  inbound: ['outbound'],
  outbound: ['inbound'],
};
const frameworks = ['@nestjs/*', 'typeorm', 'pg', 'kafkajs', 'nodemailer', 'fastify'];

const confinedPatterns = (file) =>
  Object.entries(confined)
    .filter(([, places]) => !places.includes(file))
    .map(([name, places]) => ({
      group: [name, `${name}/*`],
      message: `${name} is imported in ${places[0]} only.`,
    }));

const layerRules = Object.entries(layers).flatMap(([layer, hidden]) =>
  ['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'].map((service) => ({
    files: [`libs/services/${service}/src/${layer}/**/*.ts`],
    ignores: ['**/*.int-spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...confinedPatterns(`libs/services/${service}/**`),
            {
              group: hidden.map((name) => `**/${name}/**`),
              message: `Layer '${layer}' must not import ${hidden.join(', ')} (imports point inward).`,
            },
            ...(layer === 'domain'
              ? [{ group: frameworks, message: 'The domain is plain TypeScript: no framework.' }]
              : []),
          ],
        },
      ],
    },
  })),
);

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.data/**', '.cache/**', '**/coverage/**'] },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-empty': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-imports': ['error', { patterns: confinedPatterns('') }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [
            { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [] },
            { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:contracts', 'type:embedded'] },
            {
              sourceTag: 'type:platform',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:platform', 'type:testing'],
            },
            {
              sourceTag: 'type:service',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:platform', 'type:testing'],
            },
            {
              sourceTag: 'type:app',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:platform', 'type:service'],
            },
            {
              sourceTag: 'type:e2e',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:platform', 'type:service', 'type:testing'],
            },
            {
              sourceTag: 'type:tools',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:platform', 'type:service', 'type:testing'],
            },
          ],
        },
      ],
    },
  },
  ...layerRules,
  ...Object.entries({
    'libs/platform/messaging/**/*.ts': 'libs/platform/messaging/**',
    'libs/testing/**/*.ts': 'libs/testing/**',
    'bench/**/*.ts': 'bench/**',
  }).map(([files, place]) => ({
    files: [files],
    rules: { 'no-restricted-imports': ['error', { patterns: confinedPatterns(place) }] },
  })),
  {
    // Production code reaches the harnesses never, its tests do.
    files: ['libs/{platform,services}/**/src/**/*.ts', 'apps/**/*.ts'],
    ignores: ['**/*spec.ts', '**/*.behaviour.ts', '**/testing/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportDeclaration[source.value='@mailrun/testing']",
          message: 'Harnesses are for tests only.',
        },
      ],
    },
  },
  { files: ['tools/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  prettier,
);
