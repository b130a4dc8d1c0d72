import type { AlertMessage, AlertSink } from '../../lib/ports.ts'

/** Keeps what it is sent. What `failing` names does not arrive. */
export class Recorder implements AlertSink {
  readonly sent: { readonly to: string; readonly message: AlertMessage }[] = []
  calls = 0
  failing: (to: string, message: AlertMessage) => string | null = () => null

  async send(to: string, messages: readonly AlertMessage[]): Promise<(string | null)[]> {
    this.calls++
    return messages.map((message) => {
      const error = this.failing(to, message)
      if (error === null) this.sent.push({ to, message })
      return error
    })
  }

  ids(to?: string): string[] {
    return this.sent
      .filter((one) => to === undefined || one.to === to)
      .map(({ message }) => message.id)
  }
}
