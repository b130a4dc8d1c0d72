import * as z from 'zod'
import { answerPicture } from '../../graph/answer-picture.ts'
import { account, name, text, WINDOW, wholeNumber } from '../query.ts'
import { always, given, route } from '../route.ts'

const EXPANDED_MAX = 50

export const graph = route({
  path: '/graph',
  least: 'viewer',
  summary: 'who did, could and was refused, as nodes and lines; folded to what can be looked at',
  query: z.strictObject({
    namespace: name('only workloads of this namespace').optional(),
    cluster: text('only workloads of this cluster: name, issuer or ARN').optional(),
    account: account().optional(),
    focus: text('id of a node: only the ways through it').optional(),
    direction: z
      .enum(['in', 'out', 'both'])
      .optional()
      .describe('what leads to the focus, or where it leads'),
    depth: wholeNumber(1, 64, 'ways of at most so many roles').optional(),
    fold: z.enum(['auto', 'ns', 'none']).optional(),
    expand: z.array(text('id of a node that stays open')).max(EXPANDED_MAX).optional(),
    ...WINDOW,
  }),
  answer: 'Graph',
  isWide: always,
  handle: async ({ store, asked, query, known, reading }) => {
    const { direction = 'both', depth = 64, fold = 'auto', expand = [] } = query
    const { namespace, cluster, account, focus } = query
    const limits = given({ namespace, cluster, account, focus })
    return answerPicture(
      store,
      { ...asked, ...limits, direction, depth, fold, expand },
      known,
      await reading.marks(),
      await reading.grants(),
      await reading.firsts(),
    )
  },
})
