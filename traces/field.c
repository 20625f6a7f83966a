/* field.c - the tables behind field.h, and nothing else; docs/models.md shows them. */
#include "traces/field.h"

#include <string.h>

#define NAMES(...) .name = { __VA_ARGS__ }

const struct fl_field_rule fl_field_rules[FL_FIELDS] = {
    [FL_FIELD_WIDTH] = { "width of the model", NAMES("hidden_size", "n_embd", "d_model", "n_embed", "dim") },
    [FL_FIELD_LAYERS] = { "number of layers", NAMES("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
                          .families = "decoders encoders towers vision" },
    [FL_FIELD_HEADS] = { "number of attention heads", NAMES("num_attention_heads", "n_head", "n_heads", "num_heads"),
                         .families = "decoders encoders towers vision" },
    [FL_FIELD_KV_HEADS] = { "number of heads of keys and values",
                            NAMES("num_key_value_heads", "num_kv_heads", "n_head_kv"),
                            .families = "falcon phi cohere llama mistral phi3 internlm2 glm olmo stablelm "
                                        "starcoder2 nemotron qwen2 qwen3 gemma gemma2 gemma3_text mixtral "
                                        "qwen2_moe qwen3_moe olmoe phimoe gpt_oss deepseek latent cohere2 granite "
                                        "granitemoe smollm3 seed_oss ernie4_5 ernie4_5_moe exaone exaone4 minicpm "
                                        "glm4 glm4_moe olmo2 olmo3 llama4_text" },
    [FL_FIELD_MULTI_QUERY] = { "whether all heads share one of keys and values", NAMES("multi_query"),
                               .families = "gpt_bigcode falcon" },
    [FL_FIELD_HEAD_TYPE] = { "multihead, or multiquery: one head of keys and values", NAMES("attention_head_type"),
                             .families = "gpt2" },
    [FL_FIELD_HEAD_WIDTH] = { "width of a head", NAMES("head_dim", "kv_channels", "d_kv"),
                              .families = "llama mistral glm nemotron qwen qwen2 qwen3 gemma gemma2 gemma3_text "
                                          "mixtral qwen2_moe qwen3_moe gpt_oss t5 mt5 umt5 cohere2 granite smollm3 "
                                          "seed_oss ernie4_5 exaone exaone4 glm4 glm4_moe llama4_text olmo2 olmo3" },
    [FL_FIELD_FFN] = { "width between the feed-forward products",
                       NAMES("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "hidden_dim"),
                       .families = "decoders encoders towers vision" },
    [FL_FIELD_ACTIVATION] = { "the feed-forward's function",
                              NAMES("activation_function", "hidden_activation", "hidden_act", "activation"),
                              .leftover = "hidden_act",
                              .families = "decoders encoders towers vision bart mbart pegasus marian m2m_100 "
                                          "whisper" },
    [FL_FIELD_GATE] = { "a feed-forward with a gate (geglu, reglu, swiglu) or without (original)",
                        NAMES("feed_forward_type"), .families = "bert" },
    [FL_FIELD_EXPERTS] = { "number of experts of a layer",
                           NAMES("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"),
                           .families = "experts" },
    [FL_FIELD_EXPERTS_USED] = { "number of experts that a token goes to",
                                NAMES("num_experts_per_tok", "experts_per_token", "moe_k"), .families = "experts" },
    [FL_FIELD_EXPERT_FFN] = { "width between the products of an expert", NAMES("moe_intermediate_size"),
                              .families = "qwen2_moe qwen3_moe deepseek deepseek_v2 deepseek_v3 kimi_k2 glm4_moe "
                                          "ernie4_5_moe" },
    [FL_FIELD_SHARED_FFN] = { "the same of what all tokens go through beside",
                              NAMES("shared_expert_intermediate_size"), .families = "qwen2_moe" },
    [FL_FIELD_EXPERTS_EVERY] = { "every so manieth layer has experts",
                                 NAMES("decoder_sparse_step", "moe_layer_freq", "moe_layer_interval",
                                       "interleave_moe_layer_step"),
                                 .families = "qwen2_moe qwen3_moe deepseek deepseek_v2 deepseek_v3 kimi_k2 "
                                             "ernie4_5_moe llama4_text" },
    [FL_FIELD_DENSE_LAYERS] = { "layers that have none, by number", NAMES("mlp_only_layers"),
                                .families = "qwen2_moe qwen3_moe" },
    [FL_FIELD_SHARED_EXPERTS] = { "experts that all tokens go to", NAMES("n_shared_experts", "moe_num_shared_experts"),
                                  .families = "deepseek deepseek_v2 deepseek_v3 kimi_k2 glm4_moe ernie4_5_moe" },
    [FL_FIELD_DENSE_FIRST] = { "layers before the first that has experts",
                               NAMES("first_k_dense_replace", "moe_layer_start_index"),
                               .families = "deepseek deepseek_v2 deepseek_v3 kimi_k2 glm4_moe ernie4_5_moe" },
    [FL_FIELD_SCORING] = { "what the router's scores go through: softmax or sigmoid", NAMES("scoring_func"),
                           .families = "deepseek deepseek_v2 deepseek_v3 kimi_k2" },
    [FL_FIELD_KV_RANK] = { "values of a token that keys and values are made of", NAMES("kv_lora_rank"),
                           .families = "latent" },
    [FL_FIELD_Q_RANK] = { "values of a token that queries are made of", NAMES("q_lora_rank"), .families = "latent" },
    [FL_FIELD_PLAIN_WIDTH] = { "values of a head that are not rotated", NAMES("qk_nope_head_dim"),
                               .families = "latent" },
    [FL_FIELD_ROTATED_WIDTH] = { "values of a head that are rotated", NAMES("qk_rope_head_dim"),
                                 .families = "latent" },
    [FL_FIELD_VALUE_WIDTH] = { "width of a head of values", NAMES("v_head_dim"), .families = "latent" },
    [FL_FIELD_PARALLEL] = { "whether attention and feed-forward read the same input",
                            NAMES("use_parallel_residual", "parallel_attn"), .families = "gpt_neox falcon" },
    [FL_FIELD_NEW_DECODER] = { "whether a layer is Falcon's second form", NAMES("new_decoder_architecture"),
                               .families = "falcon" },
    [FL_FIELD_LAYER_NORMS] = { "norms of a parallel layer, 1 or 2", NAMES("num_ln_in_parallel_attn"),
                               .families = "falcon" },
    [FL_FIELD_NORM_BEFORE] = { "whether norms come first", NAMES("do_layer_norm_before"), .families = "opt" },
    [FL_FIELD_NO_FINAL_NORM] = { "whether the final norm is left out", NAMES("_remove_final_layer_norm"),
                                 .families = "opt" },
    [FL_FIELD_VOCAB] = { "number of tokens known", NAMES("vocab_size"), .families = "text" },
    [FL_FIELD_EMBED_WIDTH] = { "width of the token table", NAMES("word_embed_proj_dim", "embedding_size"),
                               .families = "opt albert electra" },
    [FL_FIELD_TIED] = { "whether the head's weights are the token table", NAMES("tie_word_embeddings"),
                        .families = "decoders both bert roberta xlm-roberta camembert electra" },
    [FL_FIELD_TYPES] = { "number of token types", NAMES("type_vocab_size"),
                         .families = "bert roberta xlm-roberta camembert albert electra" },
    [FL_FIELD_POSITIONS] = { "most tokens of a sequence",
                             NAMES("max_position_embeddings", "max_target_positions", "n_positions", "n_ctx"),
                             .leftover = "n_ctx", .families = "text" },
    [FL_FIELD_POSITION_TYPE] = { "absolute: a table of positions; alibi: none", NAMES("position_embedding_type"),
                                 .families = "bert roberta xlm-roberta camembert albert electra" },
    [FL_FIELD_ALIBI] = { "whether positions are biases of the scores", NAMES("alibi"), .families = "falcon" },
    [FL_FIELD_ROTARY_SHARE] = { "share of a head that is rotated", NAMES("rotary_pct", "partial_rotary_factor"),
                                .families = "phi gpt_neox llama mistral phi3 glm stablelm nemotron qwen qwen2 "
                                            "qwen3 glm4 glm4_moe" },
    [FL_FIELD_ROTARY_WIDTH] = { "values of a head that are rotated", NAMES("rotary_dim"), .families = "gptj codegen" },
    [FL_FIELD_WINDOW] = { "tokens that attention looks back", NAMES("sliding_window", "window_size"),
                          .families = "gpt_neo llama mistral phi3 starcoder2 qwen2 qwen3 gemma2 gemma3_text "
                                      "mixtral qwen2_moe qwen3_moe phimoe gpt_oss cohere2 exaone4 olmo3 smollm3" },
    [FL_FIELD_WINDOW_USED] = { "whether attention has a window", NAMES("use_sliding_window"),
                               .families = "qwen2 qwen3 qwen2_moe qwen3_moe smollm3" },
    [FL_FIELD_WINDOW_LAYERS] = { "layers before the first that has a window", NAMES("max_window_layers"),
                                 .families = "qwen2 qwen3 qwen2_moe qwen3_moe" },
    [FL_FIELD_WINDOW_EVERY] = { "every so manieth layer sees all, the others have a window; or as letters, LLLG",
                                NAMES("sliding_window_pattern", "_sliding_window_pattern"),
                                .families = "gemma2 gemma3_text cohere2 exaone4" },
    [FL_FIELD_CHUNK] = { "tokens of a chunk, within which attention stays", NAMES("attention_chunk_size"),
                         .families = "llama mistral phi3 starcoder2 qwen2 qwen3 gemma2 gemma3_text qwen2_moe "
                                     "qwen3_moe gpt_oss llama4_text" },
    [FL_FIELD_LAYER_TYPES] = { "full_attention (global), sliding_attention (local) or chunked_attention",
                               NAMES("layer_types", "attention_layers"),
                               .families = "gpt_neo llama mistral phi3 starcoder2 qwen2 qwen3 gemma2 gemma3_text "
                                           "qwen2_moe qwen3_moe gpt_oss cohere2 exaone4 olmo3 smollm3 llama4_text" },
    [FL_FIELD_LAYER_GROUPS] = { "the same in groups, [[[\"global\", \"local\"], 6]]", NAMES("attention_types"),
                                .families = "gpt_neo" },
    [FL_FIELD_DECODER] = { "whether a token sees only those before it", NAMES("is_decoder"),
                           .families = "bert roberta xlm-roberta camembert electra" },
    [FL_FIELD_CAUSAL] = { "whether a token sees only those before it", NAMES("is_causal"), .families = "decoders" },
    [FL_FIELD_ARCHITECTURES] = { "the class of the network, whose ending says what its head is",
                                 NAMES("architectures") },
    [FL_FIELD_QUANTIZED] = { "how weights are stored: gptq, awq, fp8, bitsandbytes, compressed-tensors, mxfp4",
                             NAMES("quantization_config", "compression_config") },
    [FL_FIELD_LABELS] = { "number of labels", NAMES("num_labels"), .families = "decoders encoders both vision" },
    [FL_FIELD_LABEL_NAMES] = { "a name for each label", NAMES("id2label"),
                               .families = "decoders encoders both vision" },
    [FL_FIELD_GROUPS] = { "groups of layers that share their weights", NAMES("num_hidden_groups"),
                          .families = "albert" },
    [FL_FIELD_PROJECTION] = { "width that classes with a projection end with", NAMES("projection_dim"),
                              .families = "clip_text_model clip_vision_model" },
    [FL_FIELD_TOWER_WIDTH] = { "width that the tower ends with", NAMES("projection_size"),
                               .families = "siglip_text_model" },
    [FL_FIELD_PROBE] = { "whether a probe attends to all tokens at the end", NAMES("vision_use_head"),
                         .families = "siglip_vision_model" },
    [FL_FIELD_IMAGE] = { "height and width of the image in pixels", NAMES("image_size"), .families = "vision" },
    [FL_FIELD_PATCH] = { "height and width of a patch in pixels", NAMES("patch_size"), .families = "vision" },
    [FL_FIELD_CHANNELS] = { "number of colours", NAMES("num_channels"), .families = "vision" },
    [FL_FIELD_ENCODER_LAYERS] = { "number of layers of the encoder",
                                  NAMES("encoder_layers", "num_layers", "num_hidden_layers"),
                                  .leftover = "num_hidden_layers", .families = "both" },
    [FL_FIELD_DECODER_LAYERS] = { "number of layers of the decoder", NAMES("decoder_layers", "num_decoder_layers"),
                                  .families = "both" },
    [FL_FIELD_ENCODER_HEADS] = { "number of attention heads of the encoder",
                                 NAMES("encoder_attention_heads", "num_heads", "num_attention_heads"),
                                 .leftover = "num_attention_heads", .families = "both" },
    [FL_FIELD_DECODER_HEADS] = { "number of attention heads of the decoder", NAMES("decoder_attention_heads"),
                                 .families = "bart mbart pegasus marian m2m_100 whisper" },
    [FL_FIELD_ENCODER_FFN] = { "width between the feed-forward products of the encoder",
                               NAMES("encoder_ffn_dim", "d_ff"), .families = "both" },
    [FL_FIELD_DECODER_FFN] = { "width between the feed-forward products of the decoder", NAMES("decoder_ffn_dim"),
                               .families = "bart mbart pegasus marian m2m_100 whisper" },
    [FL_FIELD_FFN_KIND] = { "the feed-forward's function, behind \"gated-\" if it has a gate",
                            NAMES("feed_forward_proj"), .families = "t5 mt5 umt5" },
    [FL_FIELD_SOURCE] = { "most tokens that the encoder makes of sound", NAMES("max_source_positions"),
                          .families = "whisper" },
    [FL_FIELD_BINS] = { "values of a frame of sound", NAMES("num_mel_bins"), .families = "whisper" },
    [FL_FIELD_DECODER_VOCAB] = { "number of tokens that the decoder knows, if others", NAMES("decoder_vocab_size"),
                                 .families = "marian" },
    [FL_FIELD_ONE_TABLE] = { "whether encoder and decoder have one table of tokens",
                             NAMES("share_encoder_decoder_embeddings"), .families = "marian" },
    [FL_FIELD_BOTH] = { "whether there is an encoder in front of the decoder", NAMES("is_encoder_decoder"),
                        .families = "both" },
    [FL_FIELD_QUERY_NORMS] = { "whether queries and keys are normed", NAMES("use_qk_norm", "qk_layernorm"),
                               .families = "cohere glm4_moe llama4_text phi stablelm" },
    [FL_FIELD_PLAIN_LAYERS] = { "1 or 0: whether queries and keys of the layer are rotated", NAMES("no_rope_layers"),
                                .families = "llama4_text smollm3" },
    [FL_FIELD_PLAIN_EVERY] = { "every so manieth layer is not rotated", NAMES("no_rope_layer_interval"),
                               .families = "llama4_text smollm3" },
    [FL_FIELD_DENSE_FFN] = { "width between the feed-forward products of layers without experts",
                             NAMES("intermediate_size_mlp"), .families = "llama4_text" },
    [FL_FIELD_EXPERT_LAYERS] = { "layers that have experts, by number", NAMES("moe_layers"),
                                 .families = "llama4_text" },
    [FL_FIELD_EXPERTS_LAST] = { "the last layer that has experts; -1: the last of all", NAMES("moe_layer_end_index"),
                                .families = "ernie4_5_moe" },
};

/* Whether `word` is one of the words of `list`. */
static bool listed(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

bool fl_field_is_of(enum fl_field field, const struct fl_family *family)
{
    static const char *const kinds[] = { [FL_DECODER] = "decoders", [FL_TEXT_ENCODER] = "encoders",
                                         [FL_VISION_ENCODER] = "vision", [FL_ENCODER_DECODER] = "both",
                                         [FL_TEXT_TOWER] = "towers" };
    const char *families = fl_field_rules[field].families;
    return families == NULL || listed(families, family->type) || listed(families, kinds[family->kind]) ||
           (listed(families, "text") && family->kind != FL_VISION_ENCODER) ||
           (listed(families, "experts") && family->experts != NULL) ||
           (listed(families, "latent") && family->latent);
}

const char *const fl_fields_harmless[] = {
    /* who made it, and with what */
    "_attn_implementation", "_comment", "_commit_hash", "_name_or_path", "_num_labels", "author", "license",
    "model_name", "name", "name_or_path", "torch_dtype", "dtype", "transformers_version", "transformers.js_config",
    "unsloth_version", "unsloth_fixed", "is_decoder", "tie_encoder_decoder", "tie_word_embeddings", "use_cache",
    "use_flash_attn", "use_flash_attention_2", "use_memory_efficient_attention", "gradient_checkpointing",
    "use_bfloat16", "bf16", "fp16", "fp32", "torchscript", "pretraining_tp", "tf_legacy_loss", "xla_device", "onnx",
    "return_dict", "return_dict_in_generate", "output_attentions", "output_hidden_states", "output_past",
    "output_scores", "keys_to_ignore_at_inference", "use_return_dict", "cache_implementation", "softmax_in_fp32",
    "use_dynamic_ntk", "use_logn_attn", "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32",
    "attn_implementation", "problem_type", "finetuning_task", "task_specific_params", "prefix", "pruned_heads",
    "pad_to_multiple_of", "model_type", "rotary", "bias_dropout_fusion", "masked_softmax_fusion", "offset_alibi",
    "skip_bias_add", "skip_bias_add_qkv", "slow_but_exact", "inference_runner", "max_batch_size", "pad_key_length",
    "pre_allocate_kv_cache", "validate_runner_input", "sinusoidal_pos_embds", "tie_weights_", "logit_scale",
    "clip_qkv", "use_qkv_bias", "use_mrope", "ff_factor", "norm_topk_prob", "output_router_logits", "topk_method",
    "n_group", "topk_group", "routed_scaling_factor", "aux_loss_alpha", "seq_aux", "ep_size", "rope_interleave",
    "swiglu_limit", "swiglu_alpha", "initial_context_length", "lm_head_bias", "relative_attention_num_buckets",
    "relative_attention_max_distance", "dense_act_fn", "is_gated_act", "scale_embedding", "logit_scale_init_value",
    "normalize_before", "normalize_embedding", "add_final_layer_norm", "add_bias_logits", "static_position_embeddings",
    "force_bos_token_to_be_generated", "extra_pos_embeddings", "replacing_rate", "tokenizer_file",
    /* tokens and texts */
    "bad_words_ids", "forced_decoder_ids", "begin_suppress_tokens", "suppress_tokens", "bos_token", "eos_token",
    "pad_token", "tokenizer_class", "num_labels", "id2label", "label2id", "classifier_dropout", "language",
    "directionality",
    /* generation */
    "do_sample", "early_stopping", "max_length", "max_new_tokens", "min_length", "num_beams", "num_beam_groups",
    "num_return_sequences", "diversity_penalty", "length_penalty", "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size", "repetition_penalty", "remove_invalid_values", "exponential_decay_length_penalty",
    "temperature", "top_k", "top_p", "typical_p", "generation_config",
    /* training: dropout and first values */
    "attention_dropout", "attention_dropout_prob", "attention_probs_dropout_prob", "attn_dropout_prob", "attn_pdrop",
    "activation_dropout", "dropout", "embd_pdrop", "embed_dropout", "emb_dropout_prob", "embedding_dropout",
    "ffn_dropout", "hidden_dropout", "hidden_dropout_prob", "resid_pdrop", "residual_dropout", "resid_dropout",
    "rotary_emb_dropout", "layerdrop", "router_jitter_noise", "input_jitter_noise", "classifier_dropout_prob",
    "classifier_proj_dropout", "summary_first_dropout", "init_std", "initializer_factor", "initializer_range",
    "gradient_checkpointing_kwargs", "router_aux_loss_coef", "loss_type", "dropout_rate", "encoder_layerdrop",
    "decoder_layerdrop", "classif_dropout", "apply_spec_augment", "mask_time_prob", "mask_time_length",
    "mask_time_min_masks", "mask_feature_prob", "mask_feature_length", "mask_feature_min_masks", "median_filter_width",
    "use_weighted_layer_sum", "classifier_proj_size", "seq_classif_dropout", "qa_dropout", "layer_dropout",
    /* small terms of norms, biases and scales: they add no product, and no row of digital work */
    "layer_norm_eps", "layer_norm_epsilon", "layer_norm_elementwise_affine", "norm_eps", "norm_epsilon",
    "rms_norm_eps", "attention_bias", "bias", "enable_bias", "mlp_bias", "no_bias", "qkv_bias", "use_bias",
    "attention_out_bias", "query_pre_attn_scalar", "scale_attn_weights", "apply_residual_connection_post_layernorm",
    "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "embedding_multiplier", "residual_multiplier",
    "attention_multiplier", "logits_scaling", "scale_emb", "scale_depth", "dim_model_base", "attn_temperature_tuning",
    "floor_scale", "attn_scale", "for_llm_compression", "moe_use_aux_free", "moe_norm_min", "moe_capacity",
    /* angles of rotary positions; how many positions they were made for is not what they cost */
    "rope_theta", "rope_scaling", "rope_parameters", "rotary_emb_base", "rotary_base",
    "original_max_position_embeddings", "rope_local_base_freq", "rotary_emb_interleaved", "mrope_section",
    "seq_length", "model_max_length", "max_seq_len", "max_sequence_length", "train_max_seq_length",
    /* pooling and heads that are not run with the network, or add nothing to it */
    "emb_pooler", "pooling_type", "pooler_type", "summary_activation", "summary_proj_to_labels", "summary_type",
    "summary_use_proj", "net_structure_type", "gap_size", "num_memory_blocks", "down_scale_factor", "encoder_stride",
    "chunk_size_feed_forward", "tf_padding",
    NULL,
};

/* Numbers of tokens that mean something. */
static bool is_token(const char *name)
{
    static const char *const endings[] = { "_token_id", "_token_index" };
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (length > strlen(endings[i]) && strcmp(name + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

bool fl_field_is_harmless(const char *name)
{
    if (is_token(name))
        return true;
    for (const char *const *known = fl_fields_harmless; *known != NULL; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

#define EXPERTS "a mixture of experts"
#define LATENT "latent attention"
#define CROSS "attention to another network's tokens"
#define NESTED "a network inside this one; FILE#NAME is that one by itself"
#define WINDOW "a window of attention; all tokens are attended to"
#define SHARED "layers that share their weights or their keys and values; each layer has its own here"
#define TWICE "an encoder and a decoder"
#define STATES "a state-space network"
const struct fl_shaping fl_fields_shaping[] = {
    { "num_local_experts", true, 1, NULL, EXPERTS },
    { "num_experts", true, 1, NULL, EXPERTS },
    { "n_routed_experts", true, 1, NULL, EXPERTS },
    { "moe_num_experts", true, 1, NULL, EXPERTS },
    { "num_moe_experts", true, 1, NULL, EXPERTS },
    { "ffn_config", true, 0, NULL, EXPERTS },
    { "n_shared_experts", true, 0, NULL, EXPERTS },
    { "num_shared_experts", true, 0, NULL, EXPERTS },
    { "num_experts_per_tok", true, 1, NULL, EXPERTS },
    { "moe_intermediate_size", true, 0, NULL, EXPERTS },
    { "kv_lora_rank", true, 0, NULL, LATENT },
    { "q_lora_rank", true, 0, NULL, LATENT },
    { "qk_rope_head_dim", true, 0, NULL, LATENT },
    { "add_cross_attention", true, 0, NULL, CROSS },
    { "cross_attention_layers", true, 0, NULL, CROSS },
    { "cross_attention_hidden_size", true, 0, NULL, CROSS },
    { "is_encoder_decoder", true, 0, NULL, TWICE },
    { "decoder_layers", true, 0, NULL, TWICE },
    { "num_decoder_layers", true, 0, NULL, TWICE },
    { "text_config", true, 0, NULL, NESTED },
    { "vision_config", true, 0, NULL, NESTED },
    { "audio_config", true, 0, NULL, NESTED },
    { "llm_config", true, 0, NULL, NESTED },
    { "language_config", true, 0, NULL, NESTED },
    { "encoder", true, 0, NULL, NESTED },
    { "decoder", true, 0, NULL, NESTED },
    { "state_size", true, 0, NULL, STATES },
    { "ssm_cfg", true, 0, NULL, STATES },
    { "mamba_d_state", true, 0, NULL, STATES },
    { "attention_chunk_size", false, 0, NULL, WINDOW },
    { "attention_window", false, 0, NULL, WINDOW },
    { "attention_types", false, 0, NULL, WINDOW },
    { "local_attention", false, 0, NULL, WINDOW },
    { "sliding_window", false, 0, NULL, WINDOW },
    { "sliding_window_pattern", false, 1, NULL, WINDOW },
    { "use_sliding_window", false, 0, NULL, WINDOW },
    { "window_size", false, 0, NULL, WINDOW },
    { "layer_types", false, 0, "full_attention", "layers of several kinds; all are alike here" },
    { "num_hidden_groups", false, 0, NULL, SHARED },
    { "inner_group_num", true, 1, NULL, "layers of several layers" },
    { "num_kv_shared_layers", false, 0, NULL, SHARED },
    { "cross_layer_sharing", false, 0, NULL, SHARED },
    { "share_layers", false, 0, NULL, SHARED },
    { "attn_logit_softcapping", false, 0, NULL, "a bound on scores, whose digital work is left out" },
    { "final_logit_softcapping", false, 0, NULL, "a bound on logits, whose digital work is left out" },
    { "auto_map", false, 0, NULL, "code that comes with the model, which nobody here has read; taken as the model type "
      "says" },
    { "is_causal", false, 0, NULL, "attention to earlier tokens only" },
    { "use_bidirectional_attention", false, 0, NULL, "attention to later tokens, too" },
    { "position_embedding_type", false, 0, "absolute", "another kind of positions than this family's" },
    { "mlp_type", false, 0, "default", "another feed-forward than this family's" },
    { "norm_type", false, 0, "layer_norm", "another norm than this family's" },
    { "relative_attention", false, 0, NULL, "positions by distance, whose products are left out" },
    { "num_register_tokens", false, 0, NULL, "more tokens than patches and classes" },
    { "num_nextn_predict_layers", false, 0, NULL, "layers that guess further tokens, which are left out" },
    { "use_mask_token", false, 0, NULL, "a token for what is masked" },
    { "qk_layernorm", false, 0, NULL, "norms of queries and keys" },
    { "use_qk_norm", false, 0, NULL, "norms of queries and keys" },
    { "qk_norm", false, 0, NULL, "norms of queries and keys" },
    { "parallel_attn", false, 0, NULL, "attention and feed-forward side by side" },
    { "use_parallel_residual", false, 0, NULL, "attention and feed-forward side by side" },
    { "alibi", false, 0, NULL, "positions as biases of the scores" },
    { "multi_query", false, 0, NULL, "one head of keys and values" },
    { "new_decoder_architecture", false, 0, NULL, "Falcon's second form" },
    { NULL, false, 0, NULL, NULL },
};

const struct fl_shaping *fl_shaping_find(const char *name)
{
    for (const struct fl_shaping *shaping = fl_fields_shaping; shaping->name != NULL; shaping++)
        if (strcmp(shaping->name, name) == 0)
            return shaping;
    return NULL;
}
