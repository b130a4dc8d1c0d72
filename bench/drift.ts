/** How long all checks take on many roles and ServiceAccounts, against parsing the same saved output. `node drift.ts [ROLES]` */
import { CHECKS } from '../lib/drift/all.ts'
import { runChecks } from '../lib/drift/run.ts'
import {
  clusterStatement,
  ISSUER,
  roleArn,
  sample,
  sampleEdge,
  samplePod,
  samplePrincipal,
  sampleRole,
  sampleServiceAccount,
  trustOf,
} from '../lib/drift/sample.ts'
import { worldOf } from '../lib/drift/world.ts'

const count = Number(process.argv[2] ?? 5_000)
const numbers = Array.from({ length: count }, (_, index) => index)
const name = (index: number): string => `app-${index}`
const { snapshot, observed } = sample({
  role: null,
  serviceAccount: null,
  roles: numbers.map((index) =>
    sampleRole({
      arn: roleArn(name(index)),
      trust: trustOf(
        clusterStatement(
          index % 100 === 0
            ? {
                StringEquals: { aud: 'sts.amazonaws.com' },
                StringLike: { sub: 'system:serviceaccount:*:app' },
              }
            : {
                StringEquals: {
                  aud: 'sts.amazonaws.com',
                  sub: `system:serviceaccount:ns-${index % 50}:${name(index)}`,
                },
              },
        ),
      ),
    }),
  ),
  serviceAccounts: numbers.map((index) =>
    sampleServiceAccount({
      namespace: `ns-${index % 50}`,
      name: name(index),
      role: roleArn(name(index)),
    }),
  ),
  pods: numbers.map((index) =>
    samplePod({
      namespace: `ns-${index % 50}`,
      name: name(index),
      serviceAccount: name(index),
      workload: `Deployment/${name(index)}`,
    }),
  ),
  edges: numbers.map((index) =>
    sampleEdge({
      role: roleArn(name(index)),
      principal: samplePrincipal({
        namespace: `ns-${index % 50}`,
        serviceAccount: name(index),
        cluster: ISSUER,
      }),
    }),
  ),
})
const text = JSON.stringify(snapshot)
const parsing = timed(() => JSON.parse(text))
const checking = timed(() =>
  runChecks(CHECKS, worldOf({ snapshot, observed, approved: snapshot, config: null })),
)
const findings = checking.value.reduce((sum, one) => sum + one.findings.length, 0)
const memory = Math.round(process.memoryUsage.rss() / 1_000_000)
console.log(
  `${count} roles, ${count} ServiceAccounts, ${CHECKS.length} checks: ${findings} findings`,
)
console.log(
  `checks ${checking.ms} ms, JSON.parse of the snapshot ${parsing.ms} ms, ratio ${(checking.ms / parsing.ms).toFixed(1)}; ${memory} MB`,
)

function timed<Value>(work: () => Value): { value: Value; ms: number } {
  const start = performance.now()
  const value = work()
  return { value, ms: Math.round(performance.now() - start) }
}
