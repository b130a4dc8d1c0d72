import type { AlertFormat } from '../config.ts'
import { asff } from './asff.ts'
import { chat } from './chat.ts'
import type { Format } from './format.ts'
import { json } from './json.ts'
import { ocsf } from './ocsf.ts'
import { slack } from './slack.ts'
import { text } from './text.ts'

export const FORMATS: Readonly<Record<AlertFormat, Format>> = {
  json,
  text,
  slack,
  chat,
  ocsf,
  asff,
}
