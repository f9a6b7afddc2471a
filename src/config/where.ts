import { z } from 'zod';
import { DEPLOYMENTS } from '../core/target.ts';

/** The keys by which a rule of `config/policy.yaml` says which targets it is about. */
export const whereShape = {
  deployments: z.array(z.enum(DEPLOYMENTS)).min(1).optional().describe('Deployments meant; all when absent'),
  sites: z.array(z.string().min(1)).min(1).optional().describe('Sites meant; all when absent'),
};
