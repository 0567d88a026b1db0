/** Single numbers of numpy. */

type Reading = (view: DataView, littleEndian: boolean) => number | boolean;

/** By numpy's name of the type; its last digit is the width in bytes. */
const READINGS: Readonly<Record<string, Reading>> = {
  f8: (view, little) => view.getFloat64(0, little),
  f4: (view, little) => view.getFloat32(0, little),
  i8: (view, little) => Number(view.getBigInt64(0, little)),
  i4: (view, little) => view.getInt32(0, little),
  i2: (view, little) => view.getInt16(0, little),
  i1: (view) => view.getInt8(0),
  u8: (view, little) => Number(view.getBigUint64(0, little)),
  u4: (view, little) => view.getUint32(0, little),
  u2: (view, little) => view.getUint16(0, little),
  u1: (view) => view.getUint8(0),
  b1: (view) => view.getUint8(0) !== 0,
};

/** The number that the bytes hold; undefined for a type that is not known or bytes of another length. */
export function numberOf(type: string, bytes: Uint8Array, littleEndian: boolean): number | boolean | undefined {
  const read = READINGS[type];
  if (read === undefined || bytes.length !== Number(type.slice(1))) return undefined;
  return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), littleEndian);
}
