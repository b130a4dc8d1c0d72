import { lastPart } from './arn.ts'

/** The bare name of the role that `text` means: an ARN (with or without path, or of a session), or a bare name. */
export function roleNameIn(text: string): string {
  const session = /^arn:[^:]*:sts::\d{12}:assumed-role\/([^/]+)\//.exec(text)
  return session?.[1] ?? lastPart(text)
}

/** Whether `text` names the role: its ARN, the ARN without its path, the ARN of one of its sessions, or its bare name. */
export function isRoleNamed(arn: string, text: string): boolean {
  if (arn === text) return true
  const match = /^(arn:[^:]*):iam::(\d{12}):role\/(.*)$/.exec(arn)
  if (match === null) return false
  const [, partition, account, path] = match as unknown as [string, string, string, string]
  const name = lastPart(path)
  if (text === name || text === path) return true
  if (text === `${partition}:iam::${account}:role/${name}`) return true
  return text.startsWith(`${partition}:sts::${account}:assumed-role/${name}/`)
}
