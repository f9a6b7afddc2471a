import { CRASHES } from './faults.ts';
import { faultMatrix } from './matrix.ts';

faultMatrix(CRASHES);
