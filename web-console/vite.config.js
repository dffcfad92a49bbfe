import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './',
  plugins: [preact({ devToolsEnabled: false })],
  build: {
    target: 'es2022',
    // One file each: a data: URI would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    reporters: [['default', { summary: false }], ['junit', { suiteName: 'web-console' }]],
    outputFile: { junit: 'target/surefire-reports/TEST-vitest.xml' },
  },
});
