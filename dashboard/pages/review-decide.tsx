import type { JSX } from 'preact'

export interface Draft {
  readonly decision: 'keep' | 'revoke' | 'modify'
  readonly reason: string
}

const DECISIONS = ['keep', 'modify', 'revoke'] as const

/** What is decided about one ServiceAccount, before it is signed. */
export function Decide({
  subject,
  draft,
  onDraft,
}: {
  subject: string
  draft: Draft | null
  onDraft: (draft: Draft | null) => void
}): JSX.Element {
  return (
    <>
      <fieldset class="choice" aria-label={`Decide about ${subject}`}>
        {DECISIONS.map((decision) => (
          <button
            key={decision}
            type="button"
            aria-pressed={draft?.decision === decision}
            onClick={() =>
              onDraft(
                draft?.decision === decision ? null : { decision, reason: draft?.reason ?? '' },
              )
            }
          >
            {decision}
          </button>
        ))}
      </fieldset>
      {draft !== null && (
        <input
          aria-label={`Reason for ${subject}`}
          placeholder={
            draft.decision === 'keep'
              ? 'Reason, if there is one to give'
              : 'Reason, ten characters or more'
          }
          value={draft.reason}
          maxLength={1000}
          onInput={(event) => onDraft({ ...draft, reason: event.currentTarget.value })}
        />
      )}
    </>
  )
}
