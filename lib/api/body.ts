import type * as z from 'zod'
import { Problem } from './problem.ts'

/** The body as its schema has it. Nothing is parsed before its type and size are known. Throws `Problem`. */
export async function readBody(request: Request, schema: z.ZodType, max: number): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type))
    throw new Problem('wrong-type')
  let value: unknown
  try {
    value = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(await bytesOf(request, max)),
    )
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('wrong-body')
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const pointers = new Set(parsed.error.issues.map(({ path }) => pointerOf(path)))
  throw new Problem('wrong-body', {
    errors: [...pointers].slice(0, 10).map((pointer) => ({ pointer })),
  })
}

/** What the length says may be wrong, so bytes are counted as they come. */
async function bytesOf(request: Request, max: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > max) throw new Problem('too-large')
  const parts: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (part?.value === undefined) return Buffer.concat(parts)
    size += part.value.length
    if (size > max) {
      await reader?.cancel()
      throw new Problem('too-large')
    }
    parts.push(part.value)
  }
}

/** Keys stand in it only as far as they are those of the schema. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => (/^\w{1,32}$/.test(String(part)) ? `/${String(part)}` : '/-')).join('')
}
