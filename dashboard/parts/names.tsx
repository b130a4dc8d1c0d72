import type { ComponentChildren, JSX } from 'preact'
import type { Principal, Proof } from '../../lib/model.ts'
import { useDuring } from '../app/during.ts'
import { principalHref, roleHref } from '../app/paths.ts'
import { accountOf, kindWords, principalName, shortRole, visible } from './text.ts'

/** Text from an event: as text, with nothing in it that hides or turns around. */
export function Text({ children }: { children: string }): JSX.Element {
  return <bdi>{visible(children)}</bdi>
}

/** A cluster or account, cut short where there is little room: an issuer is long. */
export function Where({ children }: { children: string }): JSX.Element {
  return (
    <span class="where" title={visible(children)}>
      <Text>{children}</Text>
    </span>
  )
}

export function PrincipalName({ of }: { of: Principal }): JSX.Element {
  const where = of.cluster ?? of.account
  const then = useDuring()
  return (
    <span class="name">
      <a href={then(principalHref(of))} title={`${kindWords(of.kind)} ${visible(of.id)}`}>
        <Text>{principalName(of)}</Text>
      </a>
      {where !== null && where !== '' && where !== principalName(of) && <Where>{where}</Where>}
    </span>
  )
}

export function RoleName({ arn, account = true }: { arn: string; account?: boolean }): JSX.Element {
  const then = useDuring()
  return (
    <span class="name">
      <a href={then(roleHref(arn))} title={visible(arn)}>
        <Text>{shortRole(arn)}</Text>
      </a>
      {account && accountOf(arn) !== '' && <Where>{accountOf(arn)}</Where>}
    </span>
  )
}

/** `a → b → c`, each a link. */
export function Path({
  from,
  via,
  to,
}: {
  from?: Principal | null
  via: readonly string[]
  to?: string | null
}): JSX.Element {
  const parts: JSX.Element[] = []
  if (from != null) parts.push(<PrincipalName key="from" of={from} />)
  via.forEach((arn, index) => {
    parts.push(<RoleName key={index} arn={arn} account={false} />)
  })
  if (to != null) parts.push(<RoleName key="to" arn={to} />)
  return (
    <span class="path">
      {parts.map((part, index) => (
        <span key={index} class="step">
          {index > 0 && (
            <span class="arrow">
              <span aria-hidden="true">→</span>
              <span class="sr">then</span>
            </span>
          )}
          {part}
        </span>
      ))}
    </span>
  )
}

const PROOF_WORDS: Readonly<Record<Proof, readonly [word: string, why: string]>> = {
  accessKeyId: ['exact', 'Joined by the access key that was issued and then used.'],
  assumedRoleId: ['exact', 'Joined by the id of the role session.'],
  sharedEventId: ['exact', 'Both accounts recorded the same call.'],
  transitiveTags: ['likely', 'The session tags say where it came from.'],
  externalId: ['likely', 'Joined by the external id.'],
  sessionName: ['name only', 'Only the session name fits: anybody could have chosen it.'],
}

export function ProofMark({ of }: { of: Proof | null }): JSX.Element {
  if (of === null) return <span class="dim">–</span>
  const [word, why] = PROOF_WORDS[of]
  const glyph = word === 'exact' ? '●' : word === 'likely' ? '○' : '~'
  return (
    <span class={`proof ${word === 'exact' ? '' : 'weak'}`} title={why}>
      <span aria-hidden="true">{glyph}</span> {word}
    </span>
  )
}

/** `did`, `could`, `refused`, `failed`: never without the word. */
export function OutcomeMark({ of }: { of: string }): JSX.Element {
  const glyph = { did: '━', could: '┄', refused: '✕', failed: '!' }[of] ?? '?'
  return (
    <span class={`outcome ${of}`}>
      <span aria-hidden="true">{glyph}</span> {of}
    </span>
  )
}

export function Mono({ children }: { children: ComponentChildren }): JSX.Element {
  return <code>{typeof children === 'string' ? visible(children) : children}</code>
}
