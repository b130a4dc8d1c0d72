import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const ENOUGH_BYTES = 16 * 1024 * 1024

/**
 * To be called now and again while much is read. V8 gives young objects up to 128 MB, which makes it a little faster and the process
 * a lot larger; once they have enough, they get no more.
 */
export function boundYoungHeap(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  if (young !== undefined && young.space_size >= ENOUGH_BYTES)
    setFlagsFromString('--semi-space-growth-factor=1')
}
