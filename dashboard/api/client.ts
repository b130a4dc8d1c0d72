import { readToken } from './token.ts'

/** Why there is no answer: what the server said, or that nothing was heard of it. */
export interface Problem {
  /** 0: no answer came. */
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  /** Names that look like the one asked for. */
  readonly suggestions: readonly string[]
}

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.title)
    this.problem = problem
  }
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null>>

interface Kept {
  readonly etag: string
  readonly answer: unknown
}

/** Answers by URL, the newest last: asking again costs a 304. */
const kept = new Map<string, Kept>()
const KEPT_MAX = 60

export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== '') params.append(name, String(one))
  const text = params.toString()
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`
}

export function keptAnswer<Answer>(url: string): Answer | null {
  return (kept.get(url)?.answer as Answer | undefined) ?? null
}

export async function get<Answer>(url: string, signal?: AbortSignal): Promise<Answer> {
  const known = kept.get(url)
  const response = await ask(url, {
    headers: known === undefined ? {} : { 'If-None-Match': known.etag },
    ...(signal === undefined ? {} : { signal }),
  })
  if (response.status === 304 && known !== undefined) return known.answer as Answer
  const answer = (await response.json()) as Answer
  const etag = response.headers.get('ETag')
  if (etag !== null) {
    kept.delete(url)
    kept.set(url, { etag, answer })
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
  }
  return answer
}

export async function send<Answer>(
  path: string,
  body: unknown,
  { method = 'POST', version }: { method?: 'POST' | 'PUT'; version?: number } = {},
): Promise<Answer> {
  const response = await ask(apiUrl(path), {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
    },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Answer
}

/** A file that the API makes; a link could not carry the token. */
export async function download(url: string, name: string, type?: string): Promise<void> {
  const response = await ask(url, { headers: type === undefined ? {} : { Accept: type } })
  save(await response.blob(), name)
}

export function save(data: Blob, name: string): void {
  const url = URL.createObjectURL(data)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const token = readToken()
  const headers = new Headers(init.headers)
  if (!headers.has('Accept')) headers.set('Accept', 'application/json')
  if (token !== null) headers.set('Authorization', `Bearer ${token}`)
  const response = await fetch(url, { ...init, headers, cache: 'no-store' }).catch(
    (cause: unknown) => {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
      throw new ApiError({
        status: 0,
        code: 'offline',
        title: 'podtrail does not answer',
        detail: 'The server is not running, or the network is down.',
        suggestions: [],
      })
    },
  )
  if (response.ok || response.status === 304) return response
  throw new ApiError(await problemOf(response))
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Partial<Problem>
  return {
    status: response.status,
    code: body.code ?? '',
    title: body.title ?? `The server said ${response.status}`,
    detail: body.detail ?? '',
    suggestions: body.suggestions ?? [],
  }
}
