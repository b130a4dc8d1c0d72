import type { ClusterRef, Fact } from '../snapshot.ts'

/** Where an output was saved, for what it does not say itself. */
export interface Place {
  /** 12 digits: a folder on its path. */
  readonly account: string | null
  /** Where it is known beside the output. */
  readonly region?: string
  /** Of Kubernetes output: the folder it lies in, or what was said on the command line. */
  readonly cluster: string | null
  /** Its name without the folders. */
  readonly file: string
}

/** Facts, or what is wrong with the output. */
export type Reading = readonly Fact[] | string

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textsOf(value: unknown): string[] {
  return listOf(value).filter((item) => typeof item === 'string')
}

/** Texts by name; what is no text is left out. */
export function labelsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOf(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

/** Seconds of a time as the AWS CLI writes it: RFC 3339, or seconds as a number. */
export function timeOf(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.floor(value)
  if (typeof value !== 'string') return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.floor(at / 1000)
}

/** A policy document: an object, or JSON text, with or without URL encoding. What cannot be decoded stays as it is. */
export function documentOf(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? null
  for (const decode of [(text: string) => text, decodeURIComponent])
    try {
      return JSON.parse(decode(value))
    } catch {}
  return value
}

/** Why a list is not complete; null: it is. The AWS CLI fetches all pages unless it is told not to. */
export function cutOf(output: Record<string, unknown>, command: string): string | null {
  const isCut =
    output['IsTruncated'] === true ||
    textOf(output['NextToken']) !== null ||
    textOf(output['nextToken']) !== null ||
    textOf(output['Marker']) !== null
  return isCut
    ? `the output of "${command}" ends in the middle: save it without --no-paginate`
    : null
}

/** The cluster that an output of EKS is about. */
export function clusterRef(
  name: string | null,
  arn: string | null,
  place: Place,
): ClusterRef | null {
  const fromArn = arn === null ? null : /^arn:[^:]+:eks:([^:]*):(\d{12}):[a-z]+\/([^/]+)/.exec(arn)
  const known = name ?? fromArn?.[3] ?? place.cluster
  if (known === null || known === undefined) return null
  const region = fromArn?.[1] || place.region || null
  return { name: known, account: fromArn?.[2] ?? place.account, region }
}

/** The cluster of the place; null: it names none. */
export function clusterOfPlace(place: Place): ClusterRef | null {
  return place.cluster === null ? null : clusterRef(place.cluster, null, place)
}
