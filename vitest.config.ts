import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those need engines that npm alone does not bring: npm run test:aws.
    exclude: ['test/aws/**', '**/node_modules/**'],
    // Machines with two cores are what this has to run on, and test files that start processes of their own share them.
    maxWorkers: 2,
    // Properties run hundreds of cases, and a shared machine is slow at times: what takes three minutes hangs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', './scripts/count-reporter.ts'],
  },
})
