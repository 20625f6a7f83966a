/* family.c - the model types that the importer knows. */
#include "traces/family.h"

#include <stddef.h>
#include <string.h>

static const struct fl_family_experts
    mixtral = { .count = 8, .used = 2 }, olmoe = { .count = 64, .used = 8 }, phimoe = { .count = 16, .used = 2 },
    gpt_oss = { .count = 128, .used = 4 },
    qwen2_moe = { .count = 60, .used = 4, .ffn = 1408, .shared = 5632, .shared_weighed = true },
    qwen3_moe = { .count = 128, .used = 8, .ffn = 768 },
    deepseek = { .count = 64, .used = 6, .ffn = 1407, .shared_experts = 2, .first_of_some = true },
    deepseek_v3 = { .count = 256, .used = 8, .ffn = 2048, .shared_experts = 1, .dense_first = 3, .sigmoid = true,
                    .first_of_some = true };

/* Encoders in front of decoders; norms stand where the decoder's do. */
static const struct fl_family t5_encoder = { .type = "t5", .kind = FL_DECODER, .rms = true, .alibi = true },
                              bart_encoder = { .type = "bart", .kind = FL_DECODER, .embed_norm = true },
                              plain_encoder = { .type = "pegasus", .kind = FL_DECODER },
                              whisper_encoder = { .type = "whisper", .kind = FL_DECODER, .frames = true };

const struct fl_family fl_families[] = {
    { .type = "gpt2", .classes = "GPT2", .kind = FL_DECODER, .tied = true, .ffn_preset = true,
      .activation = "gelu_new" },
    { .type = "gpt_bigcode", .classes = "GPTBigCode", .kind = FL_DECODER, .tied = true, .ffn_preset = true,
      .multi_query = true, .activation = "gelu_pytorch_tanh" },
    { .type = "gpt_neo", .classes = "GPTNeo", .kind = FL_DECODER, .tied = true, .ffn_preset = true, .window = 256,
      .full_every = 2, .full_first = true, .activation = "gelu_new" },
    { .type = "bloom", .classes = "Bloom", .kind = FL_DECODER, .tied = true, .ffn_preset = true, .embed_norm = true,
      .alibi = true, .positions = 2048, .activation = "gelu" },
    { .type = "gptj", .classes = "GPTJ", .kind = FL_DECODER, .parallel = FL_PARALLEL, .one_norm = true, .rotary = true,
      .rotary_width = 64, .ffn_preset = true, .activation = "gelu_new" },
    { .type = "codegen", .classes = "CodeGen", .kind = FL_DECODER, .parallel = FL_PARALLEL, .one_norm = true,
      .rotary = true, .rotary_width = 64, .ffn_preset = true, .activation = "gelu_new" },
    { .type = "phi", .classes = "Phi", .kind = FL_DECODER, .parallel = FL_PARALLEL, .one_norm = true, .rotary = true,
      .rotary_share = 0.5, .activation = "gelu_new" },
    { .type = "cohere", .classes = "Cohere", .kind = FL_DECODER, .parallel = FL_PARALLEL, .one_norm = true,
      .gated = true, .rotary = true, .rotary_share = 1, .positions = 8192, .tied = true, .activation = "silu" },
    { .type = "gpt_neox", .classes = "GPTNeoX", .kind = FL_DECODER, .parallel = FL_PARALLEL_IF_SAID, .rotary = true,
      .rotary_share = 0.25, .activation = "gelu" },
    { .type = "opt", .classes = "OPT", .kind = FL_DECODER, .tied = true, .position_offset = 2, .activation = "relu" },
    { .type = "falcon", .classes = "Falcon RW", .kind = FL_DECODER, .parallel = FL_PARALLEL_IF_SAID, .one_norm = true,
      .rotary = true, .rotary_share = 1, .positions = 2048, .tied = true, .ffn_preset = true, .activation = "gelu" },
    { .type = "llama", .classes = "Llama LLaMA", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .window_listed = true, .activation = "silu" },
    { .type = "mistral", .classes = "Mistral", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .activation = "silu" },
    { .type = "phi3", .classes = "Phi3", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .activation = "silu" },
    { .type = "internlm", .classes = "InternLM", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .activation = "silu" },
    { .type = "internlm2", .classes = "InternLM2", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .activation = "silu" },
    { .type = "glm", .classes = "Glm", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 0.5, .head_width = 128, .activation = "silu" },
    { .type = "olmo", .classes = "Olmo", .kind = FL_DECODER, .gated = true, .rotary = true, .rotary_share = 1,
      .positions = 2048, .activation = "silu" },
    { .type = "stablelm", .classes = "StableLm", .kind = FL_DECODER, .gated = true, .rotary = true,
      .rotary_share = 0.25, .activation = "silu" },
    { .type = "starcoder2", .classes = "Starcoder2", .kind = FL_DECODER, .rotary = true, .rotary_share = 1,
      .tied = true, .activation = "gelu_pytorch_tanh" },
    { .type = "nemotron", .classes = "Nemotron", .kind = FL_DECODER, .rotary = true, .rotary_share = 0.5,
      .activation = "relu2" },
    { .type = "qwen", .classes = "QWen", .kind = FL_DECODER, .rms = true, .gated = true, .ffn_halves = true,
      .rotary = true, .rotary_share = 1, .activation = "silu" },
    { .type = "qwen2", .classes = "Qwen2", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .window_from = 28, .activation = "silu" },
    { .type = "qwen3", .classes = "Qwen3", .kind = FL_DECODER, .rms = true, .gated = true, .query_norms = true,
      .rotary = true, .rotary_share = 1, .head_width = 128, .window_from = 28, .activation = "silu" },
    { .type = "gemma", .classes = "Gemma", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .head_width = 256, .tied = true, .activation = "gelu_pytorch_tanh" },
    { .type = "gemma2", .classes = "Gemma2", .kind = FL_DECODER, .rms = true, .four_norms = true, .gated = true,
      .rotary = true, .rotary_share = 1, .head_width = 256, .window = 4096, .full_every = 2, .tied = true,
      .activation = "gelu_pytorch_tanh" },
    { .type = "gemma3_text", .classes = "Gemma3", .kind = FL_DECODER, .rms = true, .four_norms = true, .gated = true,
      .query_norms = true, .rotary = true, .rotary_share = 1, .head_width = 256, .window = 4096, .full_every = 6,
      .tied = true, .activation = "gelu_pytorch_tanh" },
    { .type = "mixtral", .classes = "Mixtral", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .experts = &mixtral, .activation = "silu" },
    { .type = "qwen2_moe", .classes = "Qwen2Moe", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .window_from = 28, .experts = &qwen2_moe, .activation = "silu" },
    { .type = "qwen3_moe", .classes = "Qwen3Moe", .kind = FL_DECODER, .rms = true, .gated = true, .query_norms = true,
      .rotary = true, .rotary_share = 1, .experts = &qwen3_moe, .activation = "silu" },
    { .type = "olmoe", .classes = "Olmoe", .kind = FL_DECODER, .rms = true, .gated = true, .query_norms = true,
      .rotary = true, .rotary_share = 1, .positions = 4096, .experts = &olmoe, .activation = "silu" },
    { .type = "phimoe", .classes = "Phimoe PhiMoE", .kind = FL_DECODER, .gated = true, .rotary = true,
      .rotary_share = 1, .experts = &phimoe, .activation = "silu" },
    { .type = "gpt_oss", .classes = "GptOss", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .head_width = 64, .window = 128, .full_every = 2, .experts = &gpt_oss,
      .activation = "silu" },
    { .type = "deepseek", .classes = "Deepseek", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .rotary_share = 1, .experts = &deepseek, .activation = "silu" },
    { .type = "deepseek_v2", .classes = "DeepseekV2", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .latent = true, .experts = &deepseek, .activation = "silu" },
    { .type = "deepseek_v3", .classes = "DeepseekV3", .kind = FL_DECODER, .rms = true, .gated = true, .rotary = true,
      .latent = true, .experts = &deepseek_v3, .activation = "silu" },
    { .type = "kimi_k2", .classes = "DeepseekV3 KimiK2", .kind = FL_DECODER, .rms = true, .gated = true,
      .rotary = true, .latent = true, .experts = &deepseek_v3, .activation = "silu" },
    { .type = "bert", .classes = "Bert", .kind = FL_TEXT_ENCODER, .norm_last = true, .activation = "gelu" },
    { .type = "roberta", .classes = "Roberta", .kind = FL_TEXT_ENCODER, .norm_last = true, .position_offset = 2,
      .offset_counted = true, .activation = "gelu" },
    { .type = "xlm-roberta", .classes = "XLMRoberta", .kind = FL_TEXT_ENCODER, .norm_last = true, .position_offset = 2,
      .offset_counted = true, .activation = "gelu" },
    { .type = "camembert", .classes = "Camembert", .kind = FL_TEXT_ENCODER, .norm_last = true, .position_offset = 2,
      .offset_counted = true, .activation = "gelu" },
    { .type = "distilbert", .classes = "DistilBert", .kind = FL_TEXT_ENCODER, .norm_last = true, .no_types = true,
      .pooler = "relu", .activation = "gelu" },
    { .type = "t5", .classes = "T5", .kind = FL_ENCODER_DECODER, .rms = true, .alibi = true, .positions = 512,
      .tied = true, .encoder = &t5_encoder, .activation = "relu" },
    { .type = "mt5", .classes = "MT5", .kind = FL_ENCODER_DECODER, .rms = true, .alibi = true, .positions = 512,
      .encoder = &t5_encoder, .gated = true, .activation = "gelu_new" },
    { .type = "umt5", .classes = "UMT5", .kind = FL_ENCODER_DECODER, .rms = true, .alibi = true, .positions = 512,
      .encoder = &t5_encoder, .gated = true, .activation = "gelu_new" },
    { .type = "bart", .classes = "Bart", .kind = FL_ENCODER_DECODER, .norm_last = true, .embed_norm = true,
      .position_offset = 2, .tied = true, .encoder = &bart_encoder, .activation = "gelu" },
    { .type = "mbart", .classes = "MBart", .kind = FL_ENCODER_DECODER, .embed_norm = true, .position_offset = 2,
      .tied = true, .encoder = &bart_encoder, .activation = "gelu" },
    { .type = "pegasus", .classes = "Pegasus", .kind = FL_ENCODER_DECODER, .tied = true, .encoder = &plain_encoder,
      .activation = "gelu" },
    { .type = "marian", .classes = "Marian MarianMT", .kind = FL_ENCODER_DECODER, .norm_last = true, .tied = true,
      .encoder = &plain_encoder, .activation = "gelu" },
    { .type = "m2m_100", .classes = "M2M100", .kind = FL_ENCODER_DECODER, .position_offset = 2, .tied = true,
      .encoder = &plain_encoder, .activation = "relu" },
    { .type = "whisper", .classes = "Whisper", .kind = FL_ENCODER_DECODER, .tied = true, .positions = 448,
      .encoder = &whisper_encoder, .activation = "gelu" },
    { .type = "albert", .classes = "Albert", .kind = FL_TEXT_ENCODER, .norm_last = true, .shared = true,
      .activation = "gelu_new" },
    { .type = "electra", .classes = "Electra", .kind = FL_TEXT_ENCODER, .norm_last = true, .pooler = "gelu",
      .activation = "gelu" },
    { .type = "clip_text_model", .classes = "CLIPText", .kind = FL_TEXT_TOWER, .projection = 512,
      .activation = "quick_gelu" },
    { .type = "siglip_text_model", .classes = "SiglipText", .kind = FL_TEXT_TOWER, .dense = true, .projects = true,
      .activation = "gelu_pytorch_tanh" },
    { .type = "clip_vision_model", .classes = "CLIPVision", .kind = FL_VISION_ENCODER, .extra_tokens = 1,
      .embed_norm = true, .one_token = true, .projection = 512, .activation = "quick_gelu" },
    { .type = "siglip_vision_model", .classes = "SiglipVision", .kind = FL_VISION_ENCODER, .probes = true,
      .activation = "gelu_pytorch_tanh" },
    { .type = "vit", .classes = "ViT", .kind = FL_VISION_ENCODER, .extra_tokens = 1, .activation = "gelu" },
    { .type = "deit", .classes = "DeiT", .kind = FL_VISION_ENCODER, .extra_tokens = 2, .activation = "gelu" },
    { .type = NULL },
};

const struct fl_family *fl_family_find(const char *type)
{
    for (const struct fl_family *family = fl_families; family->type != NULL; family++)
        if (strcmp(family->type, type) == 0)
            return family;
    return NULL;
}

const struct fl_activation fl_activations[] = {
    { "gelu", "gelu", false },       { "gelu_new", "gelu", false },
    { "gelu_fast", "gelu", false },  { "gelu_python", "gelu", false },
    { "gelu_10", "gelu", false },    { "gelu_pytorch_tanh", "gelu", false },
    { "quick_gelu", "gelu", false }, { "relu", "relu", true },
    { "relu2", "relu2", true },      { "relu6", "relu6", true },
    { "silu", "silu", false },       { "swish", "silu", false },
    { "tanh", "tanh", false },       { "sigmoid", "sigmoid", true },
    { "mish", "mish", false },       { NULL, NULL, false },
};

const struct fl_activation *fl_activation_find(const char *name)
{
    for (const struct fl_activation *activation = fl_activations; activation->name != NULL; activation++)
        if (strcmp(activation->name, name) == 0)
            return activation;
    return NULL;
}
