import t from 'tap';
import { compareAll } from '../../helpers/differential.js';
import { masters } from '../../helpers/master-list.js';

t.test('images of xorriso', (t) =>
  compareAll(
    t,
    masters.filter(({ program }) => program === 'xorriso'),
  ),
);
