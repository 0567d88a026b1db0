import type { RunRecord } from '../../protocol/runs/run.js';
import type { Architecture } from '../../vit/architecture.js';
import { percent } from '../terminal.js';

/** README.md of a backbone that `pretrain` made: what it is, and how it was made. */
export function pretrainingCard(record: RunRecord, architecture: Architecture): string {
  const { configuration, classes, pictures, epochs, validation, test, adapter } = record;
  const { imageSize, patchSize, embedDim, depth, heads, mlpHidden } = architecture;
  const { batchSize, learningRate, weightDecay, warmupEpochs, dropPath, seed } = configuration;
  const begun = configuration.model.startsWith('scratch:') ? 'new weights' : `'${configuration.model}'`;
  const seen = epochs.length * pictures.train;
  const measured = [
    ...(validation
      ? [
          `${percent(validation.accuracy)} of ${pictures.validation} pictures to validate (the best epoch, ${record.bestEpoch ?? 0})`,
        ]
      : []),
    ...(test ? [`${percent(test.accuracy)} of ${test.images} to test`] : []),
  ];
  return [
    '# A pretrained vision transformer',
    '',
    `${embedDim} channels, ${depth} blocks, ${heads} heads, an MLP of ${mlpHidden}, patches of ${patchSize} pixels, positions for ${imageSize} x ${imageSize}; timm's names, float32, pixels normalised with mean ${architecture.mean.join(', ')} and deviation ${architecture.std.join(', ')}. The head tells the ${classes.length} classes that it was trained on.`,
    '',
    `Trained from ${begun}, every weight, on '${configuration.data}' (${pictures.train} pictures): ${epochs.length} of ${configuration.epochs} epochs, ${seen} pictures seen, ${imageSize} pixels a side.`,
    `AdamW, batches of ${batchSize}, learning rate ${learningRate} with a warm-up of ${warmupEpochs} epochs and a cosine to ${configuration.minimumLearningRate}, weight decay ${weightDecay}, stochastic depth ${dropPath}, no augmentation, seed ${seed}; on ${adapter.name}.`,
    ...(measured.length > 0
      ? [`Accuracy on its own kind of pictures: ${measured.join(', ')}; chance is ${percent(1 / classes.length)}.`]
      : []),
    '',
    '```python',
    'import timm',
    '',
    "model = timm.create_model('local-dir:path/to/this/folder', pretrained=True).eval()",
    '```',
    '',
  ].join('\n');
}
