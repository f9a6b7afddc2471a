import { REFUSALS } from './faults.ts';
import { faultMatrix } from './matrix.ts';

faultMatrix(REFUSALS);
