import { parentPort } from 'node:worker_threads'
import { FileReader } from '../record/read-file.ts'
import { packLog } from './packed-log.ts'
import { type LogToRead, readLog } from './read-log.ts'

const reader = new FileReader()

parentPort!.on('message', (log: LogToRead) => {
  const { packed, transfer } = packLog(readLog(reader, log))
  parentPort!.postMessage(packed, transfer)
})
