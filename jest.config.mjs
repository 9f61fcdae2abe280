const shared = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@mailrun/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', {}] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Its ES module wrapper names itself in a cycle that Jest's module linker does not resolve.
    '^typeorm$': '<rootDir>/node_modules/typeorm/index.js',
  },
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.data/', '<rootDir>/.cache/'],
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/e2e', '<rootDir>/bench', '<rootDir>/tools'],
};

/** Three sizes: `unit` does no I/O, `integration` uses real parts, `e2e` the whole system through its API. */
export default {
  // A database takes seconds while the machine is busy, and a hook that was given up on leaves its connections open.
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['**/*.spec.ts'] },
    { ...shared, displayName: 'integration', testMatch: ['**/*.int-spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['**/*.e2e-spec.ts'] },
  ],
};
