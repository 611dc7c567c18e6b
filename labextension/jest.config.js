// JupyterLab and what it stands on are published as ES modules, which jest must compile first.
const published = [
  '@jupyterlab',
  '@jupyter',
  '@lumino',
  '@microsoft',
  'exenv-es6',
  'lib0',
  'lit',
  'marked',
  'marked-gfm-heading-id',
  'marked-mangle',
  'uuid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'yjs'
].join('|');

module.exports = {
  testEnvironment: 'jsdom',
  setupFiles: ['<rootDir>/jest.setup.js'],
  testMatch: ['<rootDir>/src/**/*.spec.ts?(x)'],
  modulePathIgnorePatterns: ['<rootDir>/lib'],
  moduleNameMapper: {
    '\\.(css|svg)(\\?raw)?$': '<rootDir>/jest.asset.js',
    '^react-virtuoso$': '<rootDir>/src/testing/virtuoso.tsx'
  },
  transform: {
    '\\.(ts|tsx|js|mjs)$': [
      'ts-jest',
      {
        diagnostics: false, // `npm run lint` checks the types of the specs, once
        tsconfig: {
          allowJs: true,
          esModuleInterop: true,
          isolatedModules: true,
          jsx: 'react',
          module: 'commonjs',
          resolveJsonModule: true,
          target: 'es2020'
        }
      }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${published})/)`]
};
