import { describe, expect, it } from 'vitest'
import { sample, staging } from '../../lib/drift/sample.ts'
import type { Snapshots } from '../../lib/ports.ts'

/** What every keeper of snapshots promises. `open` gives an empty one. */
export function snapshotsContract(
  name: string,
  open: () => Promise<{ snapshots: Snapshots; close: () => void }>,
): void {
  const { snapshot } = sample({ clusters: [staging()] })
  const earlier = { ...snapshot, at: 100 }
  const later = { ...snapshot, at: 200, clusters: [] }

  async function withEmpty(body: (snapshots: Snapshots) => Promise<void>): Promise<void> {
    const { snapshots, close } = await open()
    try {
      await body(snapshots)
    } finally {
      close()
    }
  }

  describe(`${name}: snapshots`, () => {
    it('has nothing at first', () =>
      withEmpty(async (store) => {
        expect(await store.snapshotAt(Number.MAX_SAFE_INTEGER)).toBeNull()
        expect(await store.approvedSnapshot()).toBeNull()
        expect(await store.snapshots()).toEqual([])
        expect(await store.clusterNames()).toEqual([])
      }))

    it('keeps one as it was, and once, however often it is put', () =>
      withEmpty(async (store) => {
        const id = await store.putSnapshot(earlier)
        expect(await store.putSnapshot(earlier)).toBe(id)
        expect(await store.snapshots()).toEqual([{ id, at: 100, approvedAt: null }])
        expect((await store.snapshotAt(100))!.snapshot).toEqual(earlier)
      }))

    it('finds the newest of a time, in whichever order they came', () =>
      withEmpty(async (store) => {
        const second = await store.putSnapshot(later)
        const first = await store.putSnapshot(earlier)
        expect(await store.snapshotAt(99)).toBeNull()
        expect((await store.snapshotAt(199))!.id).toBe(first)
        expect((await store.snapshotAt(200))!.id).toBe(second)
        expect((await store.snapshots()).map(({ id }) => id)).toEqual([second, first])
      }))

    it('remembers what was approved last; putting it again does not take that back', () =>
      withEmpty(async (store) => {
        const first = await store.putSnapshot(earlier)
        const second = await store.putSnapshot(later)
        expect(await store.approveSnapshot('no-such-snapshot', 300)).toBe(false)
        expect(await store.approveSnapshot(second, 300)).toBe(true)
        expect(await store.approveSnapshot(first, 400)).toBe(true)
        await store.putSnapshot(earlier)
        expect(await store.approvedSnapshot()).toMatchObject({ id: first, approvedAt: 400 })
      }))

    it('calls clusters by their newest name, and those that are gone by their last', () =>
      withEmpty(async (store) => {
        await store.putSnapshot(earlier)
        const [prod] = earlier.clusters
        await store.putSnapshot({ ...later, clusters: [{ ...prod!, name: 'renamed' }] })
        const names = (await store.clusterNames()).map((one) => one.name)
        expect(names).toEqual(['renamed', 'prod-eks', 'staging-eks'])
      }))
  })
}
