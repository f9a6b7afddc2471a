import { OUTAGES } from './faults.ts';
import { faultMatrix } from './matrix.ts';

faultMatrix(OUTAGES);
