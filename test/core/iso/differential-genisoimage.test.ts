import t from 'tap';
import { compareAll } from '../../helpers/differential.js';
import { masters } from '../../helpers/master-list.js';

await compareAll(
  t,
  masters.filter(({ program }) => program === 'genisoimage'),
);
