// Stands before the bundle, in JavaScript that Node.js 10 parses: an older Node.js exits with the version that
// natmap needs, and Node.js 18 gets the methods that it lacks.
'use strict';
(() => {
  var version = process.versions.node.split('.').map(Number);
  if (version[0] < 18 || (version[0] === 18 && version[1] < 19)) {
    process.stderr.write(
      'error: natmap needs Node.js 18.19 or later, and this is ' +
        process.version +
        '\n' +
        '  hint: install a newer Node.js\n',
    );
    process.exit(2);
  }
  function add(prototype, name, value) {
    if (prototype[name] === undefined) {
      Object.defineProperty(prototype, name, { value: value, writable: true, configurable: true });
    }
  }
  add(Array.prototype, 'toReversed', function toReversed() {
    return Array.from(this).reverse();
  });
  add(Array.prototype, 'toSorted', function toSorted(compare) {
    return Array.from(this).sort(compare);
  });
  add(Array.prototype, 'toSpliced', function toSpliced(...changes) {
    var copy = Array.from(this);
    copy.splice(...changes);
    return copy;
  });
  add(Array.prototype, 'with', function (index, value) {
    var copy = Array.from(this);
    var at = index < 0 ? copy.length + index : index;
    if (!(at >= 0 && at < copy.length)) throw new RangeError(`Invalid index : ${index}`);
    copy[at] = value;
    return copy;
  });
  // A half of a surrogate pair without the other one.
  var lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
  add(String.prototype, 'isWellFormed', function isWellFormed() {
    return !lone.test(this);
  });
  add(String.prototype, 'toWellFormed', function toWellFormed() {
    return this.replace(new RegExp(lone.source, 'g'), '\uFFFD');
  });
})();
