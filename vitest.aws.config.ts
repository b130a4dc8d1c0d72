import { defineConfig } from 'vitest/config'

/** `npm run test:aws`: what needs Amazon's DynamoDB Local and a moto server. */
export default defineConfig({
  test: {
    include: ['test/aws/**/*.test.ts'],
    globalSetup: ['test/aws/engines.ts'],
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    reporters: ['default', './scripts/count-reporter.ts'],
  },
})
