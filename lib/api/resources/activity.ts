import * as z from 'zod'
import { answerTouched } from '../../graph/answer-touched.ts'
import { FORMAT, flag, PAGING, text, WINDOW } from '../query.ts'
import { answered } from '../refusals.ts'
import { route } from '../route.ts'
import { activityTable } from '../tables.ts'

/** What a principal did with its roles is in `/edges?principal=…&activity=true`. */
export const activity = route({
  path: '/activity',
  least: 'viewer',
  summary: 'who touched a resource, and who was refused',
  query: z.strictObject({
    resource: text(
      'ARN of a bucket, table, queue, secret, key, function or of something in it; or the name of a bucket',
    ),
    failed: flag('also what failed for other reasons than a refusal'),
    ...WINDOW,
    ...PAGING,
    ...FORMAT,
  }),
  answer: 'TouchList',
  problems: ['unknown-name'],
  handle: async ({ store, asked, query: { resource, failed = false }, known }) =>
    answered(await answerTouched(store, { ...asked, resource, failed }, known)),
  table: activityTable,
})
