import { itHolds } from './holds.ts'
import { permutation } from './permutation.ts'
import { asItIs } from './system.ts'

itHolds(
  'Permutation',
  'any order of files and of records gives the same state',
  permutation(asItIs),
  150,
)
